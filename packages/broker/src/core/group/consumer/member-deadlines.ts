/**
 * What a member has to do in time: to be heard of; to give up partitions; and, with the classic protocol, to join again
 * and to ask for its assignment.
 */
export type Duty = 'session' | 'revocation' | 'join' | 'sync';

const never = Number.POSITIVE_INFINITY;

/** Until when the members of a group have to do what, in monotonic time. */
export class MemberDeadlines {
  readonly #ofMember = new Map<string, Map<Duty, number>>();

  /** The time before which nothing falls due. */
  get nextMs(): number {
    let nextMs = never;
    for (const duties of this.#ofMember.values()) for (const atMs of duties.values()) nextMs = Math.min(nextMs, atMs);
    return nextMs;
  }

  has(memberId: string, duty: Duty): boolean {
    return this.#ofMember.get(memberId)?.has(duty) ?? false;
  }

  set(memberId: string, duty: Duty, atMs: number): void {
    const duties = this.#ofMember.get(memberId);
    if (duties === undefined) this.#ofMember.set(memberId, new Map([[duty, atMs]]));
    else duties.set(duty, atMs);
  }

  clear(memberId: string, duty: Duty): void {
    this.#ofMember.get(memberId)?.delete(duty);
  }

  forget(memberId: string): void {
    this.#ofMember.delete(memberId);
  }

  /** Members whose time for something is over; those that are not `members` any more are forgotten. */
  due(nowMs: number, members: { has(memberId: string): boolean }): string[] {
    const late: string[] = [];
    for (const [memberId, duties] of this.#ofMember) {
      if (!members.has(memberId)) this.#ofMember.delete(memberId);
      else if ([...duties.values()].some((atMs) => atMs <= nowMs)) late.push(memberId);
    }
    return late;
  }
}
