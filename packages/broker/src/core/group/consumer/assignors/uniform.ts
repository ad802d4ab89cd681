import type { Partitions } from '../partitions.ts';
import type { AssignorMember, AssignorTask } from './assignor.ts';

/** Balancing is given up after that many rounds over the topics: what is left over is then small. */
const roundsMax = 16;

/** A member while partitions are being dealt out. */
interface Hand {
  readonly memberId: string;
  readonly topicIds: ReadonlySet<string>;
  /** Partitions by topic, the one that would be given away first at the end. */
  readonly topics: Map<string, number[]>;
  size: number;
}

interface Topic {
  readonly id: string;
  readonly partitionCount: number;
  readonly subscribers: readonly Hand[];
}

/**
 * Gives members as equal numbers of partitions as their subscriptions allow, and leaves them as much of what they had
 * as that permits.
 */
export function assignUniformly({ members, partitionCount }: AssignorTask): ReadonlyMap<string, Partitions> {
  const hands = members.map((member) => handOf(member, partitionCount));
  const topics = topicsOf(hands, partitionCount);
  for (const topic of topics) dealOut(topic);
  for (let round = 0; round < roundsMax; round++) {
    let hasMoved = false;
    for (const topic of topics) hasMoved = level(topic) || hasMoved;
    if (!hasMoved) break;
  }
  return new Map(hands.map(({ memberId, topics: assigned }) => [memberId, partitionsOf(assigned)]));
}

function partitionsOf(topics: ReadonlyMap<string, readonly number[]>): Partitions {
  return new Map(Array.from(topics, ([topicId, indexes]) => [topicId, new Set(indexes)]));
}

/** What a member had and still wants. */
function handOf({ memberId, topicIds, previous }: AssignorMember, partitionCount: (id: string) => number): Hand {
  const topics = new Map<string, number[]>();
  let size = 0;
  for (const [topicId, indexes] of previous) {
    if (!topicIds.has(topicId)) continue;
    const count = partitionCount(topicId);
    const kept = [...indexes].filter((index) => index < count).sort((a, b) => a - b);
    if (kept.length > 0) topics.set(topicId, kept);
    size += kept.length;
  }
  return { memberId, topicIds, topics, size };
}

/** The topics that leave the least choice come first: those with most partitions for each subscriber. */
function topicsOf(hands: readonly Hand[], partitionCount: (id: string) => number): Topic[] {
  const subscribers = new Map<string, Hand[]>();
  for (const hand of hands) {
    for (const topicId of hand.topicIds) {
      const others = subscribers.get(topicId);
      if (others === undefined) subscribers.set(topicId, [hand]);
      else others.push(hand);
    }
  }
  const topics = Array.from(subscribers, ([id, sharers]) => ({
    id,
    partitionCount: partitionCount(id),
    subscribers: sharers,
  }));
  const load = ({ partitionCount: count, subscribers: { length } }: Topic) => count / length;
  return topics.sort(
    (a, b) => load(b) - load(a) || a.subscribers.length - b.subscribers.length || (a.id < b.id ? -1 : 1),
  );
}

/** Gives the partitions that nobody has to those who have least. A partition that two had before stays with one. */
function dealOut({ id, partitionCount, subscribers }: Topic): void {
  const isOwned = new Array<boolean>(partitionCount).fill(false);
  for (const hand of subscribers) {
    const indexes = hand.topics.get(id) ?? [];
    const kept = indexes.filter((index) => isOwned[index] === false);
    for (const index of kept) isOwned[index] = true;
    if (kept.length === 0) hand.topics.delete(id);
    else hand.topics.set(id, kept);
    hand.size -= indexes.length - kept.length;
  }
  for (let index = 0; index < partitionCount; index++) if (!isOwned[index]) give(leastOf(subscribers), id, index);
}

/** Moves partitions of a topic from who has most to who has least, while that makes them more equal. */
function level({ id, subscribers }: Topic): boolean {
  let hasMoved = false;
  for (;;) {
    const least = leastOf(subscribers);
    const most = mostOf(subscribers, id);
    if (most === undefined || most.size - least.size < 2) return hasMoved;
    give(least, id, take(most, id));
    hasMoved = true;
  }
}

function leastOf(hands: readonly Hand[]): Hand {
  let least = hands[0] as Hand;
  for (const hand of hands) if (hand.size < least.size) least = hand;
  return least;
}

/** Of those who have something of a topic, the one who has most in all. */
function mostOf(hands: readonly Hand[], topicId: string): Hand | undefined {
  let most: Hand | undefined;
  for (const hand of hands) {
    if (hand.topics.has(topicId) && (most === undefined || hand.size > most.size)) most = hand;
  }
  return most;
}

function give(hand: Hand, topicId: string, index: number): void {
  const indexes = hand.topics.get(topicId);
  if (indexes === undefined) hand.topics.set(topicId, [index]);
  else indexes.push(index);
  hand.size += 1;
}

/** Takes one partition of a topic away from a member that has some. */
function take(hand: Hand, topicId: string): number {
  const indexes = hand.topics.get(topicId) as number[];
  const index = indexes.pop() as number;
  if (indexes.length === 0) hand.topics.delete(topicId);
  hand.size -= 1;
  return index;
}
