import type { GroupRecord } from '../group-record.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import type { ConsumerRecord } from './consumer-record.ts';

/**
 * A group while a step decides on it: records that are pushed show in `group` at once, and in the real group when the
 * step is replayed. The copy that takes is made only when somebody looks after a change.
 */
export class Draft {
  /** The real group, for what is not in the log: what a step does to that is not undone. */
  readonly live: ConsumerGroup;
  readonly #records: GroupRecord[];
  readonly #unseen: ConsumerRecord[] = [];
  #copy: ConsumerGroup | undefined = undefined;

  /**
   * @param live - The group as it is.
   * @param records - Where the records of the step are collected.
   */
  constructor(live: ConsumerGroup, records: GroupRecord[]) {
    this.live = live;
    this.#records = records;
  }

  /** The group with all that has been pushed. */
  get group(): ConsumerGroup {
    if (this.#unseen.length > 0) {
      this.#copy ??= this.live.fork();
      for (const record of this.#unseen.splice(0)) this.#copy.replay(record);
    }
    return this.#copy ?? this.live;
  }

  /** Notes that the group is up to date with these topics. */
  saw(topics: ClusterView): void {
    this.live.seenTopics = topics;
    if (this.#copy !== undefined) this.#copy.seenTopics = topics;
  }

  push(...records: readonly ConsumerRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#unseen.push(record);
    }
  }
}
