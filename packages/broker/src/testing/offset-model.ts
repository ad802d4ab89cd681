/** A committed or staged offset of a topic, with its place in the order of commits. */
interface Placed {
  readonly offset: number;
  readonly place: number;
}

/** The simplest thing that keeps offsets as a group coordinator should, for one group with topics of one partition. */
export class OffsetModel {
  readonly #committed = new Map<string, Placed>();
  readonly #staged = new Map<number, Map<string, Placed>>();
  #place = 0;

  /** What is committed, by topic. */
  get committed(): Map<string, number> {
    return new Map([...this.#committed].map(([topic, { offset }]) => [topic, offset]));
  }

  /** The topics with an offset that an open transaction may change. */
  get unstable(): Set<string> {
    return new Set([...this.#staged.values()].flatMap((topics) => [...topics.keys()]));
  }

  commit(topic: string, offset: number): void {
    this.#committed.set(topic, { offset, place: ++this.#place });
  }

  stage(producerId: number, topic: string, offset: number): void {
    const topics = this.#staged.get(producerId) ?? new Map<string, Placed>();
    this.#staged.set(producerId, topics.set(topic, { offset, place: ++this.#place }));
  }

  end(producerId: number, isCommit: boolean): void {
    for (const [topic, placed] of (isCommit && this.#staged.get(producerId)) || []) {
      if (placed.place > (this.#committed.get(topic)?.place ?? 0)) this.#committed.set(topic, placed);
    }
    this.#staged.delete(producerId);
  }

  /** Forgets a topic, also what is staged. */
  delete(topic: string): void {
    this.#committed.delete(topic);
    for (const topics of this.#staged.values()) topics.delete(topic);
  }

  clear(): void {
    this.#committed.clear();
    this.#staged.clear();
  }
}
