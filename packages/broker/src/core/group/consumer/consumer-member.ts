import type { ConsumerMemberValue, CurrentAssignmentValue } from './consumer-record.ts';
import { nothingOwned, type OwnedPartitions, sameOwned } from './partitions.ts';

/**
 * Where a member is on its way to the target assignment: it has it; it has yet to give up partitions; or it waits for
 * partitions that others have yet to give up.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased';

/** What makes a member one that speaks the classic protocol. */
export interface ClassicSide {
  readonly sessionTimeoutMs: number;
  /** Its assignors with the metadata for each; the first one is what the group is told to have agreed on. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

/** A member of a consumer group (KIP-848). It never changes: another takes its place. */
export interface ConsumerMember extends ConsumerMemberValue, CurrentAssignmentValue {
  readonly memberId: string;
}

/** The epochs that a member sends for other ends than to say where it is. */
export const specialEpoch = { join: 0, leave: -1, leaveForNow: -2 } as const;

/** A member of which nothing is known but its id. */
export function unknownMember(memberId: string): ConsumerMember {
  return {
    memberId,
    memberEpoch: specialEpoch.join,
    previousMemberEpoch: -1,
    state: 'stable',
    assigned: nothingOwned,
    pendingRevocation: nothingOwned,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    topicNames: [],
    topicRegex: '',
    rebalanceTimeoutMs: -1,
    assignor: null,
    classic: null,
  };
}

/** What is remembered of what a member told of itself. */
export function memberValueOf(member: ConsumerMember): ConsumerMemberValue {
  const { instanceId, rackId, clientId, clientHost, topicNames, topicRegex, rebalanceTimeoutMs, assignor, classic } =
    member;
  return { instanceId, rackId, clientId, clientHost, topicNames, topicRegex, rebalanceTimeoutMs, assignor, classic };
}

/** What is remembered of what a member has. */
export function assignmentValueOf(member: ConsumerMember): CurrentAssignmentValue {
  const { memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation } = member;
  return { memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation };
}

export function sameMemberValue(one: ConsumerMemberValue, other: ConsumerMemberValue): boolean {
  return (
    one.instanceId === other.instanceId &&
    one.rackId === other.rackId &&
    one.clientId === other.clientId &&
    one.clientHost === other.clientHost &&
    one.topicRegex === other.topicRegex &&
    one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
    one.assignor === other.assignor &&
    sameNames(one.topicNames, other.topicNames) &&
    sameClassicSide(one.classic, other.classic)
  );
}

export function sameAssignmentValue(one: CurrentAssignmentValue, other: CurrentAssignmentValue): boolean {
  return (
    one.memberEpoch === other.memberEpoch &&
    one.previousMemberEpoch === other.previousMemberEpoch &&
    one.state === other.state &&
    sameOwned(one.assigned, other.assigned) &&
    sameOwned(one.pendingRevocation, other.pendingRevocation)
  );
}

/** The epoch in which a member got a partition that it still answers for. */
export function ownedSinceEpoch(member: ConsumerMember, topicId: string, partition: number): number | undefined {
  return member.assigned.get(topicId)?.get(partition) ?? member.pendingRevocation.get(topicId)?.get(partition);
}

/** What a member owns, given up or not. */
export function* ownedBy(member: CurrentAssignmentValue): Generator<readonly [string, number]> {
  for (const owned of [member.assigned, member.pendingRevocation] satisfies OwnedPartitions[]) {
    for (const [topicId, epochs] of owned) for (const index of epochs.keys()) yield [topicId, index];
  }
}

/** Names in a fixed order, each once: two lists that mean the same are equal. */
export function orderedNames(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}

export function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index]);
}

function sameClassicSide(one: ClassicSide | null, other: ClassicSide | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.sessionTimeoutMs === other.sessionTimeoutMs &&
    one.protocols.length === other.protocols.length &&
    one.protocols.every(({ name, metadata }, index) => {
      const theirs = other.protocols[index];
      return theirs?.name === name && theirs.metadata.equals(metadata);
    })
  );
}
