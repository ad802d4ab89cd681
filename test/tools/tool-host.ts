import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compiledJava } from './java.ts';
import { repositoryRoot } from './paths.ts';

/** The versions of Kafka whose tools are run. */
export type ToolsVersion = '3.9.2' | '4.3.1';

/** What a tool said, and the code that it ended with. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Main classes that are not where {@link kafkaTools} of the newest version says. */
const inVersion39: Readonly<Record<string, string>> = {
  'org.apache.kafka.tools.ConsoleProducer': 'kafka.tools.ConsoleProducer',
  'org.apache.kafka.tools.BrokerApiVersionsCommand': 'kafka.admin.BrokerApiVersionsCommand',
  'org.apache.kafka.tools.AclCommand': 'kafka.admin.AclCommand',
  'org.apache.kafka.tools.DumpLogSegments': 'kafka.tools.DumpLogSegments',
};

/** After how long a tool that does not end is ended, when nothing else is said. */
const limitMs = 60_000;

const quickMachine = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** One virtual machine that runs Kafka's tools one after the other: a start each would take seconds. */
export class ToolHost implements AsyncDisposable {
  readonly #version: ToolsVersion;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: { readonly resolve: (said: Said) => void; readonly reject: (error: Error) => void }[] = [];
  readonly #exited: Promise<void>;
  #hasExited = false;
  #stderr = '';

  /** @param jvm - Arguments for the virtual machine, in place of those for tools that have little to do. */
  static async start(version: ToolsVersion, jvm: readonly string[] = quickMachine): Promise<ToolHost> {
    const jars = await compiledJava(join(repositoryRoot, 'test/tools/ToolHost.java'), `kafka-${version}`);
    return new ToolHost(version, jars, jvm);
  }

  private constructor(version: ToolsVersion, jars: string, jvm: readonly string[]) {
    this.#version = version;
    const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=off';
    const opened = ['--add-opens=java.base/java.lang=ALL-UNNAMED'];
    const machine = [...jvm, '-Duser.timezone=UTC', quiet, ...opened];
    this.#process = spawn('java', [...machine, '-cp', jars, 'ToolHost'], { stdio: 'pipe' });
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    createInterface(this.#process.stdout).on('line', (line) => this.#answered(line));
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', () => resolve(this.#ended()));
      this.#process.once('error', () => resolve(this.#ended()));
    });
    this.#keepAwake(false);
  }

  /** Runs a main class, named as in the newest version, to its end. */
  run(main: string, args: readonly string[], options: { readonly input?: string; readonly limitMs?: number } = {}) {
    const place = this.#version === '3.9.2' ? (inVersion39[main] ?? main) : main;
    return new Promise<Said>((resolve, reject) => {
      if (this.#hasExited) return reject(this.#failure());
      this.#waiting.push({ resolve, reject });
      this.#keepAwake(true);
      const ask = { main: place, args, input: options.input ?? '', limitMs: options.limitMs ?? limitMs };
      this.#process.stdin.write(`${JSON.stringify(ask)}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#keepAwake(true);
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  #answered(line: string): void {
    this.#waiting.shift()?.resolve(JSON.parse(line) as Said);
    if (this.#waiting.length === 0) this.#keepAwake(false);
  }

  /** An idle machine keeps nobody from ending; its own end comes with that of its standard input. */
  #keepAwake(isNeeded: boolean): void {
    const { stdin, stdout, stderr } = this.#process;
    for (const each of [this.#process, ...([stdin, stdout, stderr] as unknown as Socket[])]) {
      if (isNeeded) each.ref();
      else each.unref();
    }
  }

  #ended(): void {
    this.#hasExited = true;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure());
  }

  #failure(): Error {
    return new Error(`The tools' process ended\n${this.#stderr}`);
  }
}
