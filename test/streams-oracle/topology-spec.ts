/** Plain data, as JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * One call of the DSL: `op` on the result named `from`, whose own result is named `as`. The other fields are options: the
 * interpreters of both languages know them, and `fn` names a function that both have.
 */
export interface Step {
  readonly op: string;
  readonly [option: string]: Json;
}

/** The stores of Kafka Streams that rows are kept in. */
export type JavaStores = 'RocksDB' | 'InMemory';

/** A topology that both Kafka Streams and ours can build. */
export interface TopologySpec {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Where Kafka Streams keeps its rows; in memory unless it matters, since such a run opens no files. */
  readonly stores?: JavaStores;
  /**
   * Whether it runs with record caches, as both do by default. Without one, Kafka Streams sends the result of the initializer as the
   * row before the first one; with one, and in ours always, there was none.
   */
  readonly cache?: true;
  /** Whether it is another topology once more, now with record caches. */
  readonly isCachedAgain?: true;
}

/** Whether a topology runs with record caches, in both. */
export const isCached = ({ cache, isCachedAgain }: TopologySpec): boolean => cache === true || isCachedAgain === true;

/** More bytes than any topology needs. */
export const cacheBytesMax = 10_000_000;

/** A record that is put in, or wall-clock time that goes by. */
export type InputEvent =
  | {
      readonly topic: string;
      readonly key: string | null;
      readonly value: string | null;
      readonly timestamp: number;
      readonly headers?: readonly (readonly [key: string, value: string])[];
    }
  | { readonly advance: number };

/** A record as it was written: key and value in hexadecimal, the time, and `name=hexadecimal` for each header. */
export type WrittenRecord = readonly [key: string | null, value: string | null, timestamp: number, ...string[]];

/** What a topology does with one input. */
export interface RunAnswer {
  readonly topics: Readonly<Record<string, readonly WrittenRecord[]>>;
  /** The rows of each named store, as sorted texts. */
  readonly stores: Readonly<Record<string, readonly string[]>>;
  readonly dropped: number;
  readonly error?: string;
}

/** What a topology is, and what it does with some inputs. */
export interface Answer {
  readonly describe: string;
  /** The settings of each internal topic. */
  readonly topics: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly runs: readonly RunAnswer[];
}

/** The topics that a topology reads and that a test therefore writes. */
export function inputTopicsOf({ steps }: TopologySpec): string[] {
  const topics = steps.flatMap(({ op, topic, topics }) => {
    if (op === 'stream') return topics as readonly string[];
    return op === 'table' || op === 'globalTable' ? [topic as string] : [];
  });
  return [...new Set(topics)];
}
