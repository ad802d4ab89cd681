/** Partitions by the id of their topic; a topic without any is absent. */
export type Partitions = ReadonlyMap<string, ReadonlySet<number>>;

/** Partitions that a member has, each with the epoch in which it was given to the member. */
export type OwnedPartitions = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Partitions as requests and answers list them. */
export interface TopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** What {@link Partitions} and {@link OwnedPartitions} have in common. */
type AnyPartitions = ReadonlyMap<string, Pick<ReadonlySet<number>, 'has' | 'size' | 'keys'>>;

export const noPartitions: Partitions = new Map();
export const nothingOwned: OwnedPartitions = new Map();

/** Partitions in ascending order, so that equal ones look the same wherever they are written. */
export function listPartitions(partitions: AnyPartitions): TopicPartitions[] {
  const listed = Array.from(partitions, ([topicId, indexes]) => ({
    topicId,
    partitions: [...indexes.keys()].sort((a, b) => a - b),
  }));
  return listed.sort((a, b) => (a.topicId < b.topicId ? -1 : 1));
}

export function partitionsOf(listed: readonly TopicPartitions[]): Partitions {
  const all = new Map<string, Set<number>>();
  for (const { topicId, partitions } of listed) {
    const indexes = all.get(topicId) ?? new Set();
    for (const index of partitions) indexes.add(index);
    if (indexes.size > 0) all.set(topicId, indexes);
  }
  return all;
}

/** All partitions as given in the same epoch. */
export function ownedSince(epoch: number, partitions: AnyPartitions): OwnedPartitions {
  const owned = new Map<string, ReadonlyMap<number, number>>();
  for (const [topicId, indexes] of partitions) {
    owned.set(topicId, new Map(Array.from(indexes.keys(), (index) => [index, epoch])));
  }
  return owned;
}

/** Whether both hold the same partitions, whatever the epochs. */
export function samePartitions(some: AnyPartitions, others: AnyPartitions): boolean {
  if (some.size !== others.size) return false;
  for (const [topicId, indexes] of some) {
    const other = others.get(topicId);
    if (other === undefined || other.size !== indexes.size) return false;
    for (const index of indexes.keys()) if (!other.has(index)) return false;
  }
  return true;
}

/** Whether both hold the same partitions since the same epochs. */
export function sameOwned(some: OwnedPartitions, others: OwnedPartitions): boolean {
  if (!samePartitions(some, others)) return false;
  for (const [topicId, epochs] of some) {
    for (const [index, epoch] of epochs) if (others.get(topicId)?.get(index) !== epoch) return false;
  }
  return true;
}

/** Whether all that is listed is in `partitions`. */
export function includesAll(partitions: AnyPartitions, listed: readonly TopicPartitions[]): boolean {
  return listed.every((topic) => topic.partitions.every((index) => partitions.get(topic.topicId)?.has(index) === true));
}

/** Whether any of what is listed is in `partitions`. */
export function includesAny(partitions: AnyPartitions, listed: readonly TopicPartitions[]): boolean {
  return listed.some((topic) => topic.partitions.some((index) => partitions.get(topic.topicId)?.has(index) === true));
}
