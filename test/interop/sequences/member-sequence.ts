import { type Random, seededRandom } from '@nagare/base';
import { apis, errorName, type RequestDraftOf, type ResponseOf } from '@nagare/protocol';
import type { Wire } from '../../tools/wire.ts';

const stepCount = 50;
export const partitionCount = 7;
/** Gives partitions by the order of the members' ids; `uniform` leaves open whose is which. */
const serverAssignor = 'range';

type Beat = RequestDraftOf<typeof apis.consumerGroupHeartbeat>;
type Owned = NonNullable<Beat['topicPartitions']>;

/** A consumer as it knows itself. */
interface Member {
  readonly memberId: string;
  readonly instanceId: string | null;
  epoch: number;
  owned: Owned;
  /** What it was told to have; it reports that it has it with its next heartbeat. */
  assigned: Owned;
  topics: readonly string[];
}

/**
 * Sends the requests of the members of a group of the new protocol (KIP-848) that a seed stands for: they join, tell
 * what they have, change their subscriptions, leave for good or for now, commit, and name epochs that are not theirs.
 *
 * @param topics - Two topics of {@link partitionCount} partitions, by their names.
 * @returns What was sent with what was answered, line by line, equal for brokers that behave the same.
 */
export async function runMemberSequence(wire: Wire, seed: number, topics: readonly string[]): Promise<string[]> {
  return new MemberSequence(wire, seed, topics).run();
}

class MemberSequence {
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #groupId: string;
  readonly #topics: readonly string[];
  readonly #members: readonly Member[];

  constructor(wire: Wire, seed: number, topics: readonly string[]) {
    this.#wire = wire;
    this.#random = seededRandom(`member-sequence-${seed}`);
    this.#groupId = `member-sequence-${seed}`;
    this.#topics = topics;
    this.#members = (['a', 'b', 'c', 'd', 'e'] as const).map((memberId) => ({
      ...{ memberId, instanceId: memberId === 'd' || memberId === 'e' ? 'instance' : null },
      ...{ epoch: -1, owned: [], assigned: [], topics: topics.slice(0, 1) },
    }));
  }

  async run(): Promise<string[]> {
    const lines: string[] = [];
    for (let step = 0; step < stepCount; step += 1) {
      lines.push(await this.#step(this.#pick(this.#members)), await this.#describe());
    }
    return lines;
  }

  #step(member: Member): Promise<string> {
    const share = this.#random.next();
    if (member.epoch < 0 && share < 0.7) return this.#join(member);
    if (share < 0.65) return this.#report(member);
    if (share < 0.7) return this.#join(member);
    if (share < 0.77) return this.#leave(member, member.instanceId !== null && this.#random.below(2) === 0 ? -2 : -1);
    if (share < 0.83) return this.#misstate(member);
    if (share < 0.88) return this.#subscribe(member);
    return share < 0.96 ? this.#commit(member) : this.#committed(member);
  }

  #join(member: Member): Promise<string> {
    member.owned = [];
    member.assigned = [];
    return this.#beat('joins', member, { ...this.#whole(member), memberEpoch: 0, topicPartitions: [] });
  }

  /** Has what it was told to have, and says so. */
  #report(member: Member): Promise<string> {
    member.owned = member.assigned;
    const body = this.#random.below(3) === 0 ? this.#whole(member) : {};
    return this.#beat('reports', member, { ...body, topicPartitions: member.owned });
  }

  #leave(member: Member, memberEpoch: number): Promise<string> {
    return this.#beat(`leaves with ${memberEpoch}`, member, { memberEpoch, topicPartitions: null });
  }

  #misstate(member: Member): Promise<string> {
    const memberEpoch = Math.max(1, member.epoch + this.#pick([-2, -1, 1, 2]));
    return this.#beat(`says that it is at ${memberEpoch}`, member, { memberEpoch, topicPartitions: member.owned });
  }

  #subscribe(member: Member): Promise<string> {
    member.topics = this.#pick([this.#topics, this.#topics.slice(0, 1), this.#topics.slice(1)]);
    const subscribedTopicNames = [...member.topics];
    return this.#beat(`wants ${member.topics}`, member, { subscribedTopicNames, topicPartitions: member.owned });
  }

  #whole({ topics }: Member): Partial<Beat> {
    return { rebalanceTimeoutMs: 120_000, subscribedTopicNames: [...topics], serverAssignor };
  }

  async #beat(what: string, member: Member, more: Partial<Beat>): Promise<string> {
    const { memberId, instanceId, epoch } = member;
    const body = { groupId: this.#groupId, memberId, instanceId, memberEpoch: epoch, ...more };
    const answer = await this.#wire.request(apis.consumerGroupHeartbeat, 1, body);
    this.#learn(member, answer);
    const given = answer.assignment === null ? 'as before' : partitionsOf(answer.assignment.topicPartitions);
    return `${memberId} at ${epoch} ${what}: ${errorName(answer.errorCode)} ${answer.memberEpoch} ${given}`;
  }

  #learn(member: Member, answer: ResponseOf<typeof apis.consumerGroupHeartbeat>): void {
    const error = errorName(answer.errorCode);
    if (error === 'FENCED_MEMBER_EPOCH' || error === 'UNKNOWN_MEMBER_ID' || error === 'FENCED_INSTANCE_ID') {
      member.epoch = -1;
    }
    if (error !== 'NONE') return;
    member.epoch = answer.memberEpoch;
    if (answer.assignment !== null) member.assigned = answer.assignment.topicPartitions.map((each) => ({ ...each }));
  }

  async #commit({ memberId, epoch }: Member): Promise<string> {
    const generationIdOrMemberEpoch = Math.max(-1, epoch - (this.#random.below(4) === 0 ? 1 : 0));
    const committedOffset = this.#random.below(100);
    const partitions = [{ partitionIndex: this.#random.below(3), committedOffset, committedMetadata: null }];
    const topics = [{ name: this.#topics[0]!, partitions }];
    const body = { groupId: this.#groupId, memberId, generationIdOrMemberEpoch, topics };
    const answer = await this.#wire.request(apis.offsetCommit, 9, body);
    const error = errorName(answer.topics[0]!.partitions[0]!.errorCode);
    return `${memberId} commits ${committedOffset} at ${generationIdOrMemberEpoch}: ${error}`;
  }

  async #committed({ memberId, epoch }: Member): Promise<string> {
    const topics = [{ name: this.#topics[0]!, partitionIndexes: [0, 1, 2] }];
    const groups = [{ groupId: this.#groupId, memberId, memberEpoch: Math.max(0, epoch), topics }];
    const [told] = (await this.#wire.request(apis.offsetFetch, 9, { groups })).groups;
    const offsets = told!.topics.flatMap(({ partitions }) =>
      partitions.map((each) => `${each.partitionIndex}@${each.committedOffset}`),
    );
    return `${memberId} looks for offsets: ${errorName(told!.errorCode)} ${offsets.sort()}`;
  }

  async #describe(): Promise<string> {
    const body = { groupIds: [this.#groupId], includeAuthorizedOperations: false };
    const [group] = (await this.#wire.request(apis.consumerGroupDescribe, 1, body)).groups;
    const { errorCode, groupState, groupEpoch, assignmentEpoch, assignorName, members } = group!;
    const told = members.map((each) => {
      const has = partitionsOf(each.assignment.topicPartitions);
      const shall = partitionsOf(each.targetAssignment.topicPartitions);
      return `${each.memberId}@${each.memberEpoch} of ${each.subscribedTopicNames.toSorted()} has ${has} shall have ${shall}`;
    });
    // Later versions of Kafka than 4.3 have the target follow when the group is empty, and so have we.
    const target = groupState === 'Empty' ? '' : assignmentEpoch;
    return `  ${errorName(errorCode)} ${groupState} ${groupEpoch} ${target} ${assignorName} ${told.sort().join('; ')}`;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!;
  }
}

/** The partitions of each topic, whatever the topics' ids. */
function partitionsOf(topicPartitions: readonly { readonly partitions: readonly number[] }[]): string {
  const lists = topicPartitions.map(({ partitions }) => `${partitions.toSorted((a, b) => a - b)}`);
  return `[${lists
    .filter((list) => list !== '')
    .sort()
    .join('|')}]`;
}
