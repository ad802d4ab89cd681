import type { PartitionOffsets } from '../log/checkpoint.ts';
import { Log } from '../log/log.ts';
import type { LogConfig } from '../log/log-config.ts';
import type { LogCopy } from '../log/log-copy.ts';

export interface LogPlace {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly config: LogConfig;
}

/** Where the logs of a broker are: in a directory, or in memory. */
export interface LogStore {
  /** Takes away what was left of partitions that the metadata does not know: their topics are deleted. */
  removeStrays(topicIdOf: (topic: string, partition: number) => string | undefined): Promise<void>;
  /** The log of a partition, made when there is none. */
  open(place: LogPlace): Promise<Log>;
  /** Takes the log of a deleted partition away with what it holds. */
  remove(place: { readonly topic: string; readonly partition: number }): Promise<void>;
  /** Removes files whose time has come, and writes down how far the logs have come. */
  tend(highWatermarks: PartitionOffsets): Promise<void>;
  /** Closes every log. */
  close(highWatermarks: PartitionOffsets): Promise<void>;
}

export interface MemoryLogStoreOptions {
  readonly nowMs: () => number;
  /** What a log begins with. Default: nothing. */
  readonly copyFor?: ((place: LogPlace) => LogCopy | undefined) | undefined;
}

/** Logs that live as long as the process. */
export function memoryLogStore({ nowMs, copyFor }: MemoryLogStoreOptions): LogStore {
  return {
    removeStrays: async () => {},
    open: async (place) => {
      const copy = copyFor?.(place);
      const options = { topicId: place.topicId, config: place.config, nowMs: nowMs() };
      return copy === undefined ? Log.inMemory(options) : Log.fromCopy(copy, options);
    },
    remove: async () => {},
    tend: async () => {},
    close: async () => {},
  };
}
