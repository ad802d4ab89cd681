import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../tools/child.ts';
import { classPath } from '../tools/maven.ts';
import { cacheDirectory, repositoryRoot } from '../tools/paths.ts';
import {
  type Answer,
  cacheBytesMax,
  type InputEvent,
  isCached,
  type JavaStores,
  type TopologySpec,
} from './topology-spec.ts';

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const settingsOf = (spec: TopologySpec) => ({
  'dsl.store.suppliers.class': `org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$${spec.stores ?? defaultStores}DslStoreSuppliers`,
  ...(isCached(spec) && { 'statestore.cache.max.bytes': cacheBytesMax }),
});

const defaultStores: JavaStores = process.env.NAGARE_ORACLE_STORES === 'RocksDB' ? 'RocksDB' : 'InMemory';

/** Where files cost nothing, if there is such a place: each run of a topology on RocksDB makes some. */
const inMemory = '/dev/shm';

/** Kafka Streams in one virtual machine, which answers one topology after the other. */
export class JavaOracle implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #state = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), 'nagare-streams-oracle-'));
  readonly #waiting: Waiting[] = [];
  readonly #exited: Promise<void>;
  #stderr = '';

  static async start(): Promise<JavaOracle> {
    return new JavaOracle(await compileOracle());
  }

  private constructor(jars: string) {
    const machine = ['-XX:+UseSerialGC', '-Duser.timezone=UTC', '-cp', jars];
    this.#process = spawn('java', [...machine, 'Oracle', this.#state], { stdio: 'pipe' });
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    createInterface(this.#process.stdout).on('line', (line) => this.#answered(JSON.parse(line)));
    this.#exited = new Promise((resolve) => {
      const ended = () => {
        for (const { reject } of this.#waiting.splice(0))
          reject(new Error(`The virtual machine ended\n${this.#stderr}`));
        resolve();
      };
      this.#process.once('close', ended);
      this.#process.once('error', ended);
    });
  }

  /** What Kafka Streams does with each of the inputs. */
  ask(spec: TopologySpec, runs: readonly (readonly InputEvent[])[]): Promise<Answer> {
    const { steps } = spec;
    const config = settingsOf(spec);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify({ steps, runs, config })}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
    rmSync(this.#state, { recursive: true, force: true, maxRetries: 3 });
  }

  #answered(answer: Answer | { readonly error: string }): void {
    const waiting = this.#waiting.shift();
    if ('error' in answer) waiting?.reject(new Error(`Kafka Streams refused the topology\n${answer.error}`));
    else waiting?.resolve(answer);
  }
}

/** Compiles our programs for Kafka Streams and gives their class path. */
export async function compileOracle(): Promise<string> {
  const jars = await classPath('streams-4.3.1');
  const classes = join(cacheDirectory('java'), 'streams-oracle');
  const folder = join(repositoryRoot, 'test/streams-oracle/java');
  const sources = readdirSync(folder).map((file) => join(folder, file));
  await run('javac', ['-nowarn', '-cp', jars, '-d', classes, ...sources]);
  return `${classes}:${jars}`;
}
