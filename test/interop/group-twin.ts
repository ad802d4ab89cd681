import { setTimeout as delay } from 'node:timers/promises';
import { type Api, apis, type RequestDraftOf, type ResponseOf } from '@nagare/protocol';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';

/** How long a request goes unanswered before it counts as one that waits for others. */
const quietMs = 100;

export type Join = ResponseOf<typeof apis.joinGroup>;

/** A client of one broker, as far as its broker has told it. */
interface Member {
  readonly wire: Wire;
  readonly instance: string | null;
  memberId: string;
  joined: Join | undefined;
  /** What the last request that may wait for others was answered. */
  answer: unknown;
}

const waits = 'waits';

export interface Identity {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The clients of one of two brokers that are asked the same: it gives answers without what cannot be equal. */
export class GroupTwin {
  readonly #control: Wire;
  readonly #members: Member[];
  readonly #names = new Map<string, string>([['', '']]);
  readonly topic: string;
  readonly groupId: string;
  producer: Identity = { transactionalId: '', producerId: -1, producerEpoch: -1 };

  constructor(bootstrap: string, { topic, groupId }: { readonly topic: string; readonly groupId: string }) {
    this.topic = topic;
    this.groupId = groupId;
    this.#control = new Wire(bootstrap);
    this.#members = [null, null, 'i', 'i'].map((instance) => ({
      wire: new Wire(bootstrap),
      instance,
      memberId: '',
      joined: undefined,
      answer: undefined,
    }));
  }

  close(): void {
    this.#control[Symbol.dispose]();
    for (const { wire } of this.#members) wire[Symbol.dispose]();
  }

  /** The clients that wait for no answer. */
  get free(): number[] {
    return this.#members.flatMap(({ answer }, index) => (answer === waits ? [] : [index]));
  }

  /**
   * Whether there is a group that nobody has joined and that holds no offset. Kafka keeps such a group, in its log as
   * well, until it next looks for expired offsets; we forget it.
   */
  async isTouched(): Promise<boolean> {
    const { groups } = await this.ask(apis.describeGroups, 5, { groups: [this.groupId] });
    const [group] = groups;
    return group?.groupState === 'Empty' && group.protocolType === '';
  }

  /** Who leads, as far as has been told: Kafka takes any member when the leader is gone. */
  get leaders(): string {
    return JSON.stringify(this.#members.map(({ joined }) => this.#name(joined?.leader ?? '')));
  }

  /** All that shows of the group, and of what its clients have been told. */
  async look(): Promise<unknown> {
    return [this.#members.map(({ answer }) => answer), await this.describe(), await this.offsets()];
  }

  /** Forgets what a client was told: another process has taken its place. */
  restart(index: number): void {
    const member = this.#member(index);
    member.memberId = '';
    member.joined = undefined;
  }

  ask<A extends Api>(api: A, version: number, body: RequestDraftOf<A>): Promise<ResponseOf<A>> {
    return this.#control.request(api, version, body);
  }

  /** Takes note of an answer when it comes, and does not wait long for it. */
  async #noteAnswer(index: number, answer: Promise<unknown>): Promise<void> {
    const member = this.#member(index);
    member.answer = waits;
    const noted = answer.then((reply) => {
      member.answer = reply;
    });
    await Promise.race([noted, delay(quietMs)]);
  }

  async join(index: number, protocols: readonly string[], version: number): Promise<void> {
    const member = this.#member(index);
    const { groupId, topic } = this;
    const metadata = subscriptionTo(topic);
    const answer = member.wire.request(apis.joinGroup, version, {
      ...{ groupId, sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000, memberId: member.memberId },
      ...{ groupInstanceId: member.instance, protocolType: 'consumer' },
      protocols: protocols.map((name) => ({ name, metadata })),
    });
    await this.#noteAnswer(
      index,
      answer.then((reply) => this.#joined(member, reply)),
    );
  }

  #joined(member: Member, reply: Join): unknown {
    if (reply.memberId !== '') member.memberId = reply.memberId;
    member.joined = reply.errorCode === 0 ? reply : undefined;
    const { errorCode, generationId, protocolType, protocolName, skipAssignment } = reply;
    const members = reply.members.map((each) => [
      this.#name(each.memberId),
      each.groupInstanceId,
      each.metadata.length,
    ]);
    const who = [this.#name(reply.memberId), this.#name(reply.leader)];
    return [errorCode, generationId, protocolType, protocolName || null, skipAssignment, who, members.sort()];
  }

  async sync(index: number, generationDelta: number): Promise<void> {
    const member = this.#member(index);
    const { memberId, joined } = member;
    const assignments = (joined?.members ?? []).map((each) => ({
      memberId: each.memberId,
      assignment: Buffer.from(`for ${this.#name(each.memberId)}`),
    }));
    const answer = member.wire.request(apis.syncGroup, 4, {
      ...{ groupId: this.groupId, memberId, groupInstanceId: this.#instanceOf(member), assignments },
      generationId: (joined?.generationId ?? 1) + generationDelta,
    });
    await this.#noteAnswer(
      index,
      answer.then(({ errorCode, assignment }) => [errorCode, String(assignment)]),
    );
  }

  async heartbeat(index: number): Promise<number> {
    const member = this.#member(index);
    const body = { groupId: this.groupId, memberId: member.memberId, groupInstanceId: this.#instanceOf(member) };
    const generationId = member.joined?.generationId ?? 0;
    return (await this.ask(apis.heartbeat, 3, { ...body, generationId })).errorCode;
  }

  async leave(index: number, byInstance: boolean): Promise<unknown> {
    const member = this.#member(index);
    const memberId = byInstance ? '' : member.memberId;
    const members = [{ memberId, groupInstanceId: this.#instanceOf(member) }];
    const reply = await this.ask(apis.leaveGroup, 4, { groupId: this.groupId, members });
    return [reply.errorCode, ...reply.members.map(({ errorCode }) => errorCode)];
  }

  /** Commits as the client, or as nobody; in the transaction of the producer if it is to be staged. */
  async commit(index: number | undefined, committedOffset: number, isStaged: boolean): Promise<number | undefined> {
    const member = index === undefined ? undefined : this.#member(index);
    const who = {
      memberId: member?.memberId ?? '',
      groupInstanceId: member === undefined ? null : this.#instanceOf(member),
      generationIdOrMemberEpoch: member === undefined ? -1 : (member.joined?.generationId ?? 0),
    };
    const partitions = [{ partitionIndex: committedOffset % 3, committedOffset, committedMetadata: null }];
    const body = { groupId: this.groupId, ...who, topics: [{ name: this.topic, partitions }] };
    const { topics } = isStaged
      ? await this.ask(apis.txnOffsetCommit, 3, { ...body, ...this.producer })
      : await this.ask(apis.offsetCommit, 8, body);
    return topics[0]?.partitions[0]?.errorCode;
  }

  /** Every offset of the group, and how its partitions look to who wants stable ones. */
  async offsets(): Promise<unknown> {
    const { groupId, topic } = this;
    const all = await this.ask(apis.offsetFetch, 7, { groupId, topics: null });
    const topics = [{ name: topic, partitionIndexes: [0, 1, 2] }];
    const stable = await this.ask(apis.offsetFetch, 7, { groupId, topics, requireStable: true });
    return [all, stable].map((answer) => [
      answer.errorCode,
      answer.topics.flatMap(({ partitions }) =>
        partitions.map((each) => [each.partitionIndex, each.errorCode, each.committedOffset]).sort(),
      ),
    ]);
  }

  async describe(): Promise<unknown> {
    const { groups } = await this.ask(apis.describeGroups, 5, { groups: [this.groupId] });
    return groups.map(({ errorCode, groupState, protocolType, protocolData, members }) => [
      ...[errorCode, groupState, protocolType, protocolData],
      members.map((each) => [this.#name(each.memberId), each.groupInstanceId, String(each.memberAssignment)]).sort(),
    ]);
  }

  async deleteGroup(): Promise<unknown> {
    const { results } = await this.ask(apis.deleteGroups, 2, { groupsNames: [this.groupId] });
    return results.map(({ errorCode }) => errorCode);
  }

  async deleteOffset(partitionIndex: number): Promise<unknown> {
    const topics = [{ name: this.topic, partitions: [{ partitionIndex }] }];
    const reply = await this.ask(apis.offsetDelete, 0, { groupId: this.groupId, topics });
    return [reply.errorCode, reply.topics[0]?.partitions[0]?.errorCode];
  }

  async begin(): Promise<number> {
    return (await this.ask(apis.addOffsetsToTxn, 3, { ...this.producer, groupId: this.groupId })).errorCode;
  }

  /** Ends the transaction, and waits until its markers are written: the next one can begin then. */
  async end(committed: boolean): Promise<number> {
    const { errorCode } = await this.ask(apis.endTxn, 3, { ...this.producer, committed });
    const ids = { transactionalIds: [this.producer.transactionalId] };
    const isEnded = async () => {
      const { transactionStates } = await this.ask(apis.describeTransactions, 0, ids);
      return /^(Ongoing|Prepare)/.test(transactionStates[0]?.transactionState ?? '') && errorCode === 0
        ? undefined
        : true;
    };
    await waitFor(isEnded, { what: 'the end of a transaction', everyMs: 5 });
    return errorCode;
  }

  async initProducer(transactionalId: string): Promise<void> {
    const answer = await waitFor(
      async () => {
        const body = { transactionalId, transactionTimeoutMs: 120_000 };
        const each = await this.ask(apis.initProducerId, 4, body);
        return each.errorCode === 0 ? each : undefined;
      },
      { what: 'a producer id' },
    );
    this.producer = { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch };
  }

  #instanceOf({ instance, memberId }: Member): string | null {
    return memberId === '' ? null : instance;
  }

  #member(index: number): Member {
    return this.#members[index] as Member;
  }

  /** Member ids are random: each goes by when it was first seen. */
  #name(memberId: string): string {
    const name = this.#names.get(memberId) ?? `member ${this.#names.size}`;
    this.#names.set(memberId, name);
    return name;
  }
}

/** Looks at both until they show the same, or for good measure until it is clear that they do not. */
export async function look(twins: readonly GroupTwin[]): Promise<unknown[]> {
  const deadlineMs = performance.now() + 5_000;
  for (;;) {
    const seen = await Promise.all(twins.map((twin) => twin.look()));
    if (JSON.stringify(seen[0]) === JSON.stringify(seen[1]) || performance.now() > deadlineMs) return seen;
    await delay(20);
  }
}

/** A subscription in version 0 of the consumer protocol. */
function subscriptionTo(topic: string): Buffer {
  const name = Buffer.from(topic);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, name.length]), name, Buffer.from([0xff, 0xff, 0xff, 0xff])]);
}
