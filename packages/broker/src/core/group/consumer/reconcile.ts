import type { ConsumerMember, MemberState } from './consumer-member.ts';
import {
  includesAny,
  nothingOwned,
  type OwnedPartitions,
  type Partitions,
  type TopicPartitions,
} from './partitions.ts';

/** What decides how far a member can go towards its target. */
export interface Destination {
  readonly epoch: number;
  readonly target: Partitions;
  /** The topics that the member subscribes to: it is given no others, and gives up what it has of others. */
  readonly topicIds: ReadonlySet<string>;
  readonly hasSubscriptionChanged: boolean;
  /** What the member says that it has; null when it does not say. */
  readonly reported: readonly TopicPartitions[] | null;
  /** Whether a partition is another member's. */
  isTaken(topicId: string, partition: number): boolean;
}

/**
 * The member one step closer to its target: it first gives up what is not in it, staying in its epoch until it has said
 * that it did; then it gets what nobody else has, and with that the target's epoch.
 */
export function reconcile(member: ConsumerMember, destination: Destination): ConsumerMember {
  switch (member.state) {
    case 'stable':
      if (member.memberEpoch !== destination.epoch) return advance(member, destination);
      return destination.hasSubscriptionChanged ? dropUnsubscribed(member, destination) : member;
    case 'unrevoked':
      if (!stillHas(destination, member.pendingRevocation)) return advance(member, destination);
      return destination.hasSubscriptionChanged ? dropUnsubscribed(member, destination) : member;
    case 'unreleased':
      return advance(member, destination);
  }
}

/** Who does not say what it has may have everything. */
function stillHas({ reported }: Destination, partitions: OwnedPartitions): boolean {
  return partitions.size > 0 && (reported === null || includesAny(partitions, reported));
}

function advance(member: ConsumerMember, destination: Destination): ConsumerMember {
  const kept = new Map<string, Map<number, number>>();
  const surplus = new Map<string, Map<number, number>>();
  for (const [topicId, epochs] of member.assigned) {
    const target = wanted(destination, topicId);
    for (const [index, epoch] of epochs) put(target.has(index) ? kept : surplus, topicId, index, epoch);
  }
  if (stillHas(destination, surplus)) {
    return moved(member, { epoch: member.memberEpoch, state: 'unrevoked', assigned: kept, pendingRevocation: surplus });
  }
  const isWaiting = addFree(kept, destination);
  const state = isWaiting ? 'unreleased' : 'stable';
  return moved(member, { epoch: destination.epoch, state, assigned: kept, pendingRevocation: nothingOwned });
}

/** Adds those partitions of the target to `kept` that nobody else has; true when somebody has some. */
function addFree(kept: Map<string, Map<number, number>>, destination: Destination): boolean {
  let isWaiting = false;
  for (const topicId of destination.target.keys()) {
    for (const index of wanted(destination, topicId)) {
      if (kept.get(topicId)?.has(index)) continue;
      if (destination.isTaken(topicId, index)) isWaiting = true;
      else put(kept, topicId, index, destination.epoch);
    }
  }
  return isWaiting;
}

/** A member that subscribes to less must not go on with the rest until it has a new target. */
function dropUnsubscribed(member: ConsumerMember, destination: Destination): ConsumerMember {
  const assigned = new Map(member.assigned);
  const pendingRevocation = new Map(member.pendingRevocation);
  for (const [topicId, epochs] of member.assigned) {
    if (destination.topicIds.has(topicId)) continue;
    assigned.delete(topicId);
    pendingRevocation.set(topicId, new Map([...(pendingRevocation.get(topicId) ?? []), ...epochs]));
  }
  if (assigned.size === member.assigned.size) return member;
  const epoch = member.memberEpoch;
  if (stillHas(destination, pendingRevocation)) {
    return moved(member, { epoch, state: 'unrevoked', assigned, pendingRevocation });
  }
  return moved(member, { epoch, state: member.state, assigned, pendingRevocation: member.pendingRevocation });
}

function wanted({ target, topicIds }: Destination, topicId: string): ReadonlySet<number> {
  return (topicIds.has(topicId) ? target.get(topicId) : undefined) ?? noIndexes;
}

const noIndexes: ReadonlySet<number> = new Set();

function put(owned: Map<string, Map<number, number>>, topicId: string, index: number, epoch: number): void {
  const epochs = owned.get(topicId);
  if (epochs === undefined) owned.set(topicId, new Map([[index, epoch]]));
  else epochs.set(index, epoch);
}

function moved(
  member: ConsumerMember,
  to: {
    readonly epoch: number;
    readonly state: MemberState;
    readonly assigned: OwnedPartitions;
    readonly pendingRevocation: OwnedPartitions;
  },
): ConsumerMember {
  const { epoch: memberEpoch, ...rest } = to;
  return { ...member, ...rest, memberEpoch, previousMemberEpoch: member.memberEpoch };
}
