import type { TopicPartition } from '../../record.ts';

/** A member as the leader of its group sees it. */
export interface GroupSubscription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
  readonly userData: Buffer | null;
  /** What the member held when it joined. */
  readonly ownedPartitions: readonly TopicPartition[];
  /** The generation in which it held them, or -1 when it does not tell. */
  readonly generationId: number;
  readonly rackId: string | null;
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[];
  readonly userData?: Buffer | null;
}

/** Divides partitions among members. It runs on the group's leader, and must give every member an assignment. */
export interface Assignor {
  /** The name that members agree on. */
  readonly name: string;
  /** Whether members give up everything before they join (eager), or keep what they have (cooperative). */
  readonly protocol: 'eager' | 'cooperative';
  /** What this member tells the leader, written when it joins. `generationId` is -1 before its first assignment. */
  userData?(topics: readonly string[], generationId: number): Buffer | null;
  /**
   * @param members - In no order that means anything.
   * @param partitionCounts - The partitions of each topic that anyone subscribes to; missing topics are left out.
   */
  assign(
    members: readonly GroupSubscription[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, MemberAssignment>;
  /** Told of each assignment that this member gets. */
  onAssignment?(assignment: MemberAssignment, generationId: number): void;
}

/** What members are given, while it is worked out. */
export type Assignment = Map<string, TopicPartition[]>;

export function emptyAssignment(members: readonly GroupSubscription[]): Assignment {
  return new Map(members.map((member) => [member.memberId, []]));
}

export function toResult(assignment: Assignment): ReadonlyMap<string, MemberAssignment> {
  return new Map(Array.from(assignment, ([memberId, partitions]) => [memberId, { partitions }]));
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Members in the order that Java gives them: static ones by their instance id, then the others by member id. */
export function inMemberOrder(members: readonly GroupSubscription[]): GroupSubscription[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
      return compareText(a.groupInstanceId, b.groupInstanceId);
    }
    if (a.groupInstanceId !== null) return -1;
    if (b.groupInstanceId !== null) return 1;
    return compareText(a.memberId, b.memberId);
  });
}

/** All partitions of the topics that exist, by topic and number. */
export function allPartitions(topics: Iterable<string>, counts: ReadonlyMap<string, number>): TopicPartition[] {
  const all: TopicPartition[] = [];
  for (const topic of [...new Set(topics)].sort(compareText)) {
    const count = counts.get(topic) ?? 0;
    for (let partition = 0; partition < count; partition++) all.push({ topic, partition });
  }
  return all;
}

/** A partition as a key of maps and sets. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}
