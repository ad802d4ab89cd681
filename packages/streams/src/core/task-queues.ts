import { assert } from '@nagare/base';
import type { Inlet } from '../rx.ts';
import type { SourceNode } from '../topology/topology.ts';
import { DelayedQueue } from './delayed-queue.ts';
import { type QueueWatcher, RecordQueue } from './record-queue.ts';
import type { Retries } from './retries.ts';

export interface TaskQueuesOptions {
  /** The topics that the task has a partition of, by the names that the topology has for them. */
  readonly topics: readonly string[];
  readonly topicName: (name: string) => string;
  readonly partition: number;
  readonly inlets: ReadonlyMap<string, Inlet>;
  readonly watcher: QueueWatcher;
  readonly retries: Retries;
  readonly wallTimeMs: () => number;
}

/** A queue for each partition that a task reads. */
export function makeQueues(sources: readonly SourceNode[], options: TaskQueuesOptions): RecordQueue[] {
  const { topics, topicName, partition, inlets, watcher, retries, wallTimeMs } = options;
  return sources.flatMap((source) =>
    source.topics
      .filter((topic) => topics.includes(topic))
      .map((name) => {
        const inlet = inlets.get(source.name);
        assert(inlet !== undefined, `source ${source.name} has no inlet`);
        const parts = { source, topic: topicName(name), partition, inlet, watcher };
        return retries.areDelayedIn(parts.topic) ? new DelayedQueue(parts, wallTimeMs) : new RecordQueue(parts);
      }),
  );
}
