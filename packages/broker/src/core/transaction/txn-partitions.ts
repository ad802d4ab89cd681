/** A partition as transactions name it. */
export interface TxnPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A set of partitions by topic. It is never changed: every operation gives another. */
export type TxnPartitions = ReadonlyMap<string, ReadonlySet<number>>;

export const noPartitions: TxnPartitions = new Map();

export function hasPartition(partitions: TxnPartitions, { topic, partition }: TxnPartition): boolean {
  return partitions.get(topic)?.has(partition) === true;
}

export function withPartitions(partitions: TxnPartitions, added: readonly TxnPartition[]): TxnPartitions {
  const result = new Map<string, Set<number>>();
  for (const [topic, indexes] of partitions) result.set(topic, new Set(indexes));
  for (const { topic, partition } of added) {
    const indexes = result.get(topic);
    if (indexes === undefined) result.set(topic, new Set([partition]));
    else indexes.add(partition);
  }
  return result;
}

export function withoutPartitions(partitions: TxnPartitions, removed: readonly TxnPartition[]): TxnPartitions {
  const gone = withPartitions(noPartitions, removed);
  const result = new Map<string, ReadonlySet<number>>();
  for (const [topic, indexes] of partitions) {
    const left = [...indexes].filter((partition) => gone.get(topic)?.has(partition) !== true);
    if (left.length > 0) result.set(topic, new Set(left));
  }
  return result;
}

export function listPartitions(partitions: TxnPartitions): TxnPartition[] {
  return Array.from(partitions, ([topic, indexes]) =>
    Array.from(indexes, (partition): TxnPartition => ({ topic, partition })),
  ).flat();
}
