import type { TopicPartition } from '../../record.ts';

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: number[];
}

/** Partition numbers by topic, in the order in which topics and numbers come. */
export function groupByTopic(partitions: Iterable<TopicPartition>): TopicPartitions[] {
  const groups = new Map<string, TopicPartitions>();
  for (const { topic, partition } of partitions) {
    const group = groups.get(topic);
    if (group === undefined) groups.set(topic, { topic, partitions: [partition] });
    else group.partitions.push(partition);
  }
  return [...groups.values()];
}

/** The reverse of {@link groupByTopic}. */
export function flattenTopics(
  groups: Iterable<{ readonly topic: string; readonly partitions: readonly number[] }>,
): TopicPartition[] {
  const partitions: TopicPartition[] = [];
  for (const group of groups) {
    for (const partition of group.partitions) partitions.push({ topic: group.topic, partition });
  }
  return partitions;
}
