import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Identity } from './application.ts';

/** A kill comes this long at most after the first sign of work, at a moment that nobody chose. */
const killAfterMsMax = 300;
const lookMs = 20;

/** The application in a process of its own, which can be killed and started again. */
export class MortalApplication implements AsyncDisposable {
  readonly #identity: Identity & { readonly stateDir: string };
  #process: ChildProcess;
  #fail: (error: Error) => void = () => undefined;
  /** Rejects when the process ends and nobody has killed it. */
  readonly finished = new Promise<never>((_, reject) => {
    this.#fail = reject;
  });

  private constructor(identity: Identity & { readonly stateDir: string }) {
    this.#identity = identity;
    this.finished.catch(() => undefined);
    this.#process = this.#start();
  }

  /** Starts it, with a folder for its stores that outlives the process, and waits until it has made its topics. */
  static async start(identity: Omit<Identity, 'stateDir'>): Promise<MortalApplication> {
    const stateDir = await mkdtemp(join(tmpdir(), 'nagare-chaos-'));
    const app = new MortalApplication({ ...identity, stateDir });
    try {
      await Promise.race([once(app.#process, 'message'), app.finished]);
      return app;
    } catch (error) {
      await app[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends it with SIGKILL, whatever it is doing, and starts it again. */
  async restart(): Promise<void> {
    await this.#kill();
    this.#process = this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kill();
    await rm(this.#identity.stateDir, { recursive: true, force: true });
  }

  #start(): ChildProcess {
    const worker = new URL(`worker${extname(import.meta.url)}`, import.meta.url);
    const started = fork(fileURLToPath(worker), [JSON.stringify(this.#identity)]);
    started.once('error', this.#fail);
    started.once('exit', (code, signal) => this.#fail(new Error(`The application ended with ${code ?? signal}`)));
    return started;
  }

  async #kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.removeAllListeners('exit');
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

/**
 * Sends parts of the input, and kills the application in the middle of each.
 *
 * @param options.parts - Each sends a part.
 * @param options.written - How much the application has written, committed or not: by this one knows that it is at work.
 */
export async function feedUnderFire(
  app: MortalApplication,
  options: {
    readonly parts: readonly (() => Promise<void>)[];
    readonly written: () => number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { parts, written, signal } = options;
  const killAtWork = async () => {
    const before = written();
    while (written() === before) await sleep(lookMs, undefined, { signal });
    await sleep(Math.random() * killAfterMsMax, undefined, { signal });
    await app.restart();
  };
  for (const send of parts) await Promise.all([send(), killAtWork()]);
}
