import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../../tools/child.ts';
import { classPath } from '../../tools/maven.ts';
import { cacheDirectory, repositoryRoot } from '../../tools/paths.ts';

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

/** One virtual machine that runs Kafka's tools one after the other: a start each would take seconds. */
export class ToolHost implements AsyncDisposable {
  readonly #version: ToolsVersion;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: { readonly resolve: (said: Said) => void; readonly reject: (error: Error) => void }[] = [];
  readonly #exited: Promise<void>;
  #stderr = '';

  static async start(version: ToolsVersion): Promise<ToolHost> {
    const jars = await classPath(`kafka-${version}`);
    const classes = join(cacheDirectory('java'), `tools-${version}`);
    const source = join(repositoryRoot, 'test/interop/transcripts/ToolHost.java');
    await run('javac', ['-nowarn', '-cp', jars, '-d', classes, source]);
    return new ToolHost(version, `${classes}:${jars}`);
  }

  private constructor(version: ToolsVersion, jars: string) {
    this.#version = version;
    const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=off';
    const opened = ['--add-opens=java.base/java.lang=ALL-UNNAMED'];
    const machine = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Duser.timezone=UTC', quiet, ...opened];
    this.#process = spawn('java', [...machine, '-cp', jars, 'ToolHost'], { stdio: 'pipe' });
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    createInterface(this.#process.stdout).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', () => resolve(this.#ended()));
      this.#process.once('error', () => resolve(this.#ended()));
    });
  }

  /** Runs a main class, named as in the newest version, to its end. */
  run(main: string, args: readonly string[], input = ''): Promise<Said> {
    const place = this.#version === '3.9.2' ? (inVersion39[main] ?? main) : main;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify({ main: place, args, input })}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  #ended(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`The tools' process ended\n${this.#stderr}`));
  }
}
