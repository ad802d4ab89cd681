import type { Assignor, GroupSubscription, MemberAssignment, TopicPartition } from '@nagare/client';
import { nameOf } from './fake-answers.ts';

/** What a member is told between two polls. */
export interface FakeMemberHooks {
  readonly onRevoked: (partitions: readonly TopicPartition[]) => Promise<void>;
  readonly onAssigned: (partitions: readonly TopicPartition[]) => Promise<void>;
  readonly onLost?: (partitions: readonly TopicPartition[]) => Promise<void>;
}

export interface FakeGroupTopics {
  readonly topics: ReadonlyMap<string, { readonly partitions: readonly unknown[] }>;
  changed(): void;
}

/** A cooperative group of the fake. A rebalance waits until all members have joined; there are no timeouts. */
export class FakeGroup {
  readonly #cluster: FakeGroupTopics;
  readonly #members = new Set<FakeMember>();
  #generation = 0;
  #names = 0;
  /** How many times members were given their partitions. */
  rebalances = 0;

  constructor(cluster: FakeGroupTopics) {
    this.#cluster = cluster;
  }

  enter(topics: readonly string[], assignor: Assignor, hooks: FakeMemberHooks): FakeMember {
    this.#names += 1;
    const member = new FakeMember(this, { memberId: `member-${this.#names}`, topics, assignor, hooks });
    this.#members.add(member);
    this.rebalance();
    return member;
  }

  /** Asks all members to join anew. */
  rebalance(): void {
    for (const member of this.#members) member.mustJoin = true;
    this.#cluster.changed();
  }

  expel(member: FakeMember): void {
    if (!this.#members.delete(member)) return;
    this.rebalance();
    this.completeJoin();
  }

  /** Divides partitions once everybody has joined. */
  completeJoin(): void {
    const members = [...this.#members];
    const [leader] = members;
    if (leader === undefined || members.some(({ joined }) => joined === undefined)) return;
    this.#generation += 1;
    this.rebalances += 1;
    const counts = new Map([...this.#cluster.topics].map(([name, { partitions }]) => [name, partitions.length]));
    const subscriptions = members.map(({ joined }) => joined as GroupSubscription);
    const assigned = leader.assignor.assign(subscriptions, counts);
    for (const member of members) member.take(assigned.get(member.memberId) ?? { partitions: [] }, this.#generation);
    this.#cluster.changed();
  }
}

interface MemberOptions {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly assignor: Assignor;
  readonly hooks: FakeMemberHooks;
}

/** One member: it joins, and learns of its assignment, when it polls. */
export class FakeMember {
  readonly memberId: string;
  readonly assignor: Assignor;
  readonly #group: FakeGroup;
  readonly #options: MemberOptions;
  #owned: readonly TopicPartition[] = [];
  #given: readonly TopicPartition[] | undefined;
  #generation = -1;
  #isLost = false;
  mustJoin = true;
  joined: GroupSubscription | undefined;

  constructor(group: FakeGroup, options: MemberOptions) {
    this.#group = group;
    this.#options = options;
    this.memberId = options.memberId;
    this.assignor = options.assignor;
  }

  /** Does what the group wants of it. */
  async settle(): Promise<void> {
    if (this.#isLost) await this.#giveUp();
    if (this.#given !== undefined) await this.#takeOver(this.#given);
    if (!this.mustJoin) return;
    this.mustJoin = false;
    const { topics, assignor, memberId } = this.#options;
    this.joined = {
      ...{ memberId, topics, groupInstanceId: null, rackId: null },
      ...{ ownedPartitions: this.#owned, generationId: this.#generation },
      userData: assignor.userData?.(topics, this.#generation) ?? null,
    };
    this.#group.completeJoin();
  }

  take(assignment: MemberAssignment, generation: number): void {
    this.joined = undefined;
    this.#given = assignment.partitions;
    this.#generation = generation;
    this.assignor.onAssignment?.(assignment, generation);
  }

  rejoin(): void {
    this.#group.rebalance();
  }

  /** Has it learn with its next poll that the group has gone on without it. */
  lose(): void {
    this.#isLost = true;
  }

  leave(): void {
    this.#group.expel(this);
  }

  async #giveUp(): Promise<void> {
    this.#isLost = false;
    const lost = this.#owned;
    this.#owned = [];
    await this.#options.hooks.onLost?.(lost);
    this.#group.rebalance();
  }

  async #takeOver(given: readonly TopicPartition[]): Promise<void> {
    this.#given = undefined;
    const { hooks } = this.#options;
    const revoked = without(this.#owned, given);
    const added = without(given, this.#owned);
    if (revoked.length > 0) await hooks.onRevoked(revoked);
    this.#owned = given;
    if (added.length > 0) await hooks.onAssigned(added);
    // What was given up can go to its new owner only when everybody joins once more.
    if (revoked.length > 0) this.#group.rebalance();
  }
}

function without(partitions: readonly TopicPartition[], others: readonly TopicPartition[]): TopicPartition[] {
  const names = new Set(others.map(nameOf));
  return partitions.filter((each) => !names.has(nameOf(each)));
}
