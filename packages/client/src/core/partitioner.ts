import type { Random } from '@nagare/base';
import { partitionForKey } from '@nagare/protocol';
import type { TopicView } from './cluster-view.ts';

interface Sticky {
  readonly partition: number;
  bytes: number;
}

/**
 * Chooses partitions as Java's producer does: by the key's murmur2 hash; without a key it stays with a partition until a
 * batch's worth of bytes went there, because full batches cost less than even ones.
 */
export class Partitioner {
  readonly #random: Random;
  readonly #stickyBytes: number;
  readonly #sticky = new Map<string, Sticky>();

  /** @param stickyBytes - Bytes after which another partition is taken. */
  constructor(random: Random, stickyBytes: number) {
    this.#random = random;
    this.#stickyBytes = stickyBytes;
  }

  partitionFor(topic: TopicView, key: Buffer | null, recordBytes: number): number {
    if (key !== null) return partitionForKey(key, topic.partitions.length);
    let sticky = this.#sticky.get(topic.topic);
    if (sticky === undefined || sticky.bytes >= this.#stickyBytes || sticky.partition >= topic.partitions.length) {
      sticky = { partition: this.#another(topic, sticky?.partition), bytes: 0 };
      this.#sticky.set(topic.topic, sticky);
    }
    sticky.bytes += recordBytes;
    return sticky.partition;
  }

  /** A random partition that has a leader, if any has, and that is not the one before, if there is another. */
  #another(topic: TopicView, previous: number | undefined): number {
    const led = topic.partitions.filter(({ leader }) => leader >= 0);
    const all = led.length > 0 ? led : topic.partitions;
    const others = all.length > 1 ? all.filter(({ partition }) => partition !== previous) : all;
    return others[this.#random.below(others.length)]?.partition ?? 0;
  }
}
