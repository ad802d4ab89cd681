import { fileURLToPath } from 'node:url';
import { Child } from '../../tools/child.ts';
import { compiledJava } from '../../tools/java.ts';
import type { Distribution } from '../../tools/maven.ts';

/** A client whose processes transform, and how one of them is started. */
export interface Transformer {
  readonly name: string;
  readonly install: () => Promise<(bootstrap: string, transactionalId: string) => Child>;
}

const place = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Both protocols of transactions, and both of groups, are among them. */
export const transformers: readonly Transformer[] = [
  { name: 'our client', install: async () => startOurs },
  java('4.4.0', 'consumer'),
  // Versions before 4.0 have the transaction protocol without an epoch for each transaction.
  java('3.9.2', 'classic'),
];

function startOurs(bootstrap: string, transactionalId: string): Child {
  const program = ['--import', 'tsx', '--conditions=@nagare/source', place('./transform.ts')];
  return new Child(process.execPath, [...program, bootstrap, transactionalId]);
}

function java(version: '3.9.2' | '4.4.0', groupProtocol: 'classic' | 'consumer'): Transformer {
  const distribution: Distribution = `clients-${version}`;
  const machine = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
  return {
    name: `Java's client ${version}, ${groupProtocol} group`,
    install: async () => {
      const classes = await compiledJava(place('./Transform.java'), distribution);
      return (bootstrap, transactionalId) =>
        new Child('java', [...machine, '-cp', classes, 'Transform', bootstrap, transactionalId, groupProtocol]);
    },
  };
}

/** A process that works, and another in its place each time that it was killed. */
export class Worker {
  readonly #start: () => Child;
  #child: Child;

  constructor(start: () => Child) {
    this.#start = start;
    this.#child = start();
  }

  async kill(): Promise<void> {
    await this.end();
    this.#child = this.#start();
  }

  async end(): Promise<void> {
    await this.#child.end('SIGKILL');
  }

  /** The last that the process said, for error messages. */
  tail(): string {
    return `${this.#child.isRunning ? 'runs' : 'ended'}: ${this.#child.tail(10)}`;
  }
}
