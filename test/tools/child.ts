import { type ChildProcess, spawn } from 'node:child_process';

/** How a child process is started. */
export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Buffer;
}

/** How a child process ended: a code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of another program, with its output kept. */
export class Child {
  readonly #process: ChildProcess;
  readonly #label: string;
  #stdout = '';
  #stderr = '';
  #watchers: (() => void)[] = [];
  /** Resolves when the process has ended and its output is complete; rejects when it could not start. */
  readonly exited: Promise<Exit>;

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#label = `${command} ${args.slice(0, 6).join(' ')}`;
    this.#process = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#append('out', text));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#append('err', text));
    this.#process.stdin?.on('error', () => {});
    this.#process.stdin?.end(options.input ?? '');
    this.exited = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('close', (code, signal) => {
        resolve({ code, signal });
        this.#notify();
      });
    });
    this.exited.catch(() => this.#notify());
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined;
  }

  /** Resolves with the first match of `pattern` in standard output; rejects when the process ends without it. */
  async waitForOutput(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    const deadlineMs = performance.now() + timeoutMs;
    const timer = setTimeout(() => this.#notify(), timeoutMs);
    try {
      for (;;) {
        const match = pattern.exec(this.#stdout);
        if (match !== null) return match;
        if (!this.isRunning || performance.now() >= deadlineMs) break;
        await new Promise<void>((resolve) => this.#watchers.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`No ${pattern} from ${this.#label}\n${this.tail()}`);
  }

  /** Sends a signal, when the process still runs, and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    if (this.isRunning) this.#process.kill(signal);
    return this.exited;
  }

  /** The last lines of what it said, for error messages. */
  tail(lines = 30): string {
    return `${this.#stdout}\n${this.#stderr}`.trim().split('\n').slice(-lines).join('\n');
  }

  #append(stream: 'out' | 'err', text: string): void {
    if (stream === 'out') this.#stdout += text;
    else this.#stderr += text;
    this.#notify();
  }

  #notify(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}

/** What a finished command left. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid: number;
}

/** Runs a command to its end, whatever its exit code. */
export async function runToEnd(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Outcome> {
  const child = new Child(command, args, options);
  const { code } = await child.exited;
  return { code, stdout: child.stdout, stderr: child.stderr, pid: child.pid };
}

/** Runs a command and returns its standard output. Throws with all it said when it fails. */
export async function run(command: string, args: readonly string[], options: ChildOptions = {}): Promise<string> {
  const outcome = await runToEnd(command, args, options);
  if (outcome.code === 0) return outcome.stdout;
  const said = `${outcome.stdout}\n${outcome.stderr}`.trim().split('\n').slice(-40).join('\n');
  throw new Error(`${command} ${args.slice(0, 8).join(' ')} ended with ${outcome.code}\n${said}`);
}
