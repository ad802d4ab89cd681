/** Values by group, topic and partition. A level that has become empty is gone. */
export class PartitionMap<Value> {
  readonly #groups = new Map<string, Map<string, Map<number, Value>>>();

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** Values by topic and partition; undefined for a group without any. */
  ofGroup(groupId: string): ReadonlyMap<string, ReadonlyMap<number, Value>> | undefined {
    return this.#groups.get(groupId);
  }

  get(groupId: string, topic: string, partition: number): Value | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition);
  }

  set({ groupId, topic, partition }: PartitionKey, value: Value): void {
    let topics = this.#groups.get(groupId);
    if (topics === undefined) {
      topics = new Map();
      this.#groups.set(groupId, topics);
    }
    let partitions = topics.get(topic);
    if (partitions === undefined) {
      partitions = new Map();
      topics.set(topic, partitions);
    }
    partitions.set(partition, value);
  }

  delete({ groupId, topic, partition }: PartitionKey): void {
    const topics = this.#groups.get(groupId);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions === undefined) return;
    partitions.delete(partition);
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#groups.delete(groupId);
  }

  /** All values of all groups. */
  *values(): Generator<Value> {
    for (const topics of this.#groups.values()) {
      for (const partitions of topics.values()) yield* partitions.values();
    }
  }

  /** The values of one topic in every group. */
  *ofTopic(topic: string): Generator<Value> {
    for (const topics of this.#groups.values()) yield* topics.get(topic)?.values() ?? [];
  }
}

export interface PartitionKey {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}
