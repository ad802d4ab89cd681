/** Who owns which partition; a copy costs what it changes. */
export class PartitionOwners {
  readonly #topics: Map<string, Map<number, string>>;
  /** Topics whose map this instance shares with nobody. */
  readonly #own = new Set<string>();

  constructor(topics: ReadonlyMap<string, Map<number, string>> = new Map()) {
    this.#topics = new Map(topics);
  }

  fork(): PartitionOwners {
    this.#own.clear();
    return new PartitionOwners(this.#topics);
  }

  ownerOf(topicId: string, partition: number): string | undefined {
    return this.#topics.get(topicId)?.get(partition);
  }

  add(memberId: string, partitions: Iterable<readonly [string, number]>): void {
    for (const [topicId, partition] of partitions) this.#topic(topicId).set(partition, memberId);
  }

  /** Frees partitions, those that have gone to another member left out. */
  remove(memberId: string, partitions: Iterable<readonly [string, number]>): void {
    for (const [topicId, partition] of partitions) {
      if (this.ownerOf(topicId, partition) !== memberId) continue;
      const owners = this.#topic(topicId);
      owners.delete(partition);
      if (owners.size === 0) this.#topics.delete(topicId);
    }
  }

  #topic(topicId: string): Map<number, string> {
    let owners = this.#topics.get(topicId);
    if (owners === undefined || !this.#own.has(topicId)) {
      owners = new Map(owners);
      this.#topics.set(topicId, owners);
      this.#own.add(topicId);
    }
    return owners;
  }
}
