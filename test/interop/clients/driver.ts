import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A record as a driver has read it. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** What a driver can be asked to do, and what it answers. Each driver does it by the plainest means of its client. */
export interface Commands {
  createTopic(ask: { topic: string; partitions: number }): Record<string, never>;
  addPartitions(ask: { topic: string; partitions: number }): Record<string, never>;
  deleteTopic(ask: { topic: string }): Record<string, never>;
  /** Record i has the timestamp `timestamp + i`, in milliseconds. */
  produce(ask: { topic: string; partition: number; codec: string; values: readonly string[]; timestamp: number }): {
    /** What the client said of the features that it found, when it says so. */
    readonly log?: string;
  };
  /** Joins a group, reads `count` records from the earliest on, commits just behind them, and stays a member. */
  consume(ask: { topic: string; group: string; count: number; protocol: 'classic' | 'consumer' }): {
    readonly records: readonly ReadRecord[];
    readonly log?: string;
  };
  /** Reads partition 0 up to its end with isolation level read_committed. */
  readCommitted(ask: { topic: string; count: number }): { readonly records: readonly ReadRecord[] };
  offsetForTime(ask: { topic: string; partition: number; timestamp: number }): { readonly offset: number };
  /** One transaction with these values in partition 0. */
  transaction(ask: { topic: string; id: string; values: readonly string[]; commit: boolean }): Record<string, never>;
  /** A producer sends in a transaction, a second one takes its id, and the first commits: what it is told. */
  fence(ask: { topic: string; id: string }): { readonly error: string };
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** A process that drives one client: a line of JSON in for each command, one out for each answer. */
export class Driver {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;
  readonly #waiting: Waiting[] = [];
  #stderr = '';

  constructor(command: readonly string[], bootstrap: string) {
    const [program = '', ...args] = command;
    this.#process = spawn(program, [...args, bootstrap], { stdio: 'pipe' });
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-20_000);
    });
    createInterface(this.#process.stdout).on('line', (line) => this.#answered(line));
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', () => resolve(this.#ended()));
      this.#process.once('error', () => resolve(this.#ended()));
    });
  }

  /** Asks for one thing. Rejects with what the client said when it could not do it. */
  ask<Name extends keyof Commands>(
    name: Name,
    ask: Parameters<Commands[Name]>[0],
  ): Promise<ReturnType<Commands[Name]>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify({ command: name, ...ask })}\n`);
    });
  }

  /** The last of what the client wrote to standard error. */
  tail(): string {
    return this.#stderr;
  }

  /** Ends the process at once, as a crash does: nothing is said to the broker. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #answered(line: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    const answer = JSON.parse(line) as { readonly failed?: string };
    if (answer.failed === undefined) waiting.resolve(answer as never);
    else waiting.reject(new Error(`${answer.failed}\n${this.#stderr}`));
  }

  #ended(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`The driver ended\n${this.#stderr}`));
  }
}
