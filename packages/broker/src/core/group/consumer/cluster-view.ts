import type { ConsumerGroupTimings } from './consumer-settings.ts';

/** What consumer groups have to know of the cluster. */
export interface ClusterView {
  readonly topicsByName: ReadonlyMap<string, TopicShape>;
  readonly topicsById: ReadonlyMap<string, TopicShape>;
  /** What groups with configs of their own go by (KIP-1043). */
  readonly groupTimings?: ReadonlyMap<string, ConsumerGroupTimings>;
}

export interface TopicShape {
  readonly name: string;
  readonly id: string;
  readonly partitions: { readonly length: number };
}

export const noTopics: ClusterView = { topicsByName: new Map(), topicsById: new Map() };

/**
 * A number that changes when one of the topics comes, goes, is made anew or gets more partitions. 0 when there is none.
 *
 * It has 53 bits, out of two rounds of multiplying and mixing 32 bits: a group that misses a change with a chance of
 * one in 2^53 sees the next one.
 */
export function hashTopics(names: Iterable<string>, { topicsByName }: ClusterView): number {
  let low = 0x2545f491;
  let high = 0x4f6cdd1d;
  const mix = (value: number) => {
    low = Math.imul(low ^ value, 0x9e3779b1);
    low ^= low >>> 15;
    high = Math.imul(high ^ value, 0x85ebca77);
    high ^= high >>> 13;
  };
  let isEmpty = true;
  for (const name of [...names].sort()) {
    const topic = topicsByName.get(name);
    if (topic === undefined) continue;
    isEmpty = false;
    for (const text of [name, topic.id]) {
      mix(text.length);
      for (let index = 0; index < text.length; index++) mix(text.charCodeAt(index));
    }
    mix(topic.partitions.length);
  }
  return isEmpty ? 0 : (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}
