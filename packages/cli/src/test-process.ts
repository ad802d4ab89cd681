import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const packageDirectory = fileURLToPath(new URL('..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `nagare` in a process of its own, for tests. Disposing of it ends it. */
export class NagareProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
  ) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@nagare/source', main, ...args], {
      cwd: packageDirectory,
      env: { ...withoutSettings(process.env), ...options.env },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#child.stdin?.end(options.input ?? '');
    this.ended = once(this.#child, 'close').then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  /** Waits for the line that a broker prints, and gives its address. */
  async ready(): Promise<string> {
    while (!this.stdout.includes('\n') && this.#child.exitCode === null) {
      await Promise.race([once(this.#child.stdout!, 'data'), this.ended]);
    }
    const match = /^nagare broker listening on (\S+)\n/.exec(this.stdout);
    if (match?.[1] === undefined) throw new Error(`The broker did not start: ${this.stdout}${this.stderr}`);
    return match[1];
  }

  /** Stops it as SIGSTOP does, and waits until it has stopped. Where the system does not tell, it does not wait. */
  async suspend(): Promise<void> {
    this.#child.kill('SIGSTOP');
    const path = `/proc/${this.#child.pid}/stat`;
    while (existsSync(path) && !readFileSync(path, 'latin1').includes(') T ')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** The environment without what would change how a broker or client is set up. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !/^(KAFKA_|NAGARE_|CLUSTER_ID$|LOG_LEVEL$)/.test(name));
  return Object.fromEntries(kept);
}
