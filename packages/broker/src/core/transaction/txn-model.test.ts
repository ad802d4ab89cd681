import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placesOf, TestTxnShard } from '../../testing/txn-shard.ts';
import { decodeRecord } from './records.ts';
import type { ProducerRef, TxnMetadata } from './txn-metadata.ts';
import { listPartitions, type TxnPartition } from './txn-partitions.ts';
import { recordOf } from './txn-record.ts';
import type { Granted, TxnShard } from './txn-shard.ts';
import { isPrepared, previousStates } from './txn-state.ts';
import type { TxnReply } from './verdict.ts';

const runs = Number(process.env.NAGARE_RUNS ?? 200);
/** To replay the whole log after each step would take most of the time. */
const stepsBetweenReplays = 6;
const ids = ['a', 'b'] as const;
const places = ['t:0', 't:1', 'u:0'] as const;

const client = fc.nat({ max: 3 });
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('init' as const), client, isNew: fc.boolean() }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      client,
      names: fc.subarray([...places], { minLength: 1 }),
      waitMs: fc.constantFrom(0, 100),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('end' as const), client, isCommit: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('marker' as const), which: fc.nat(), names: fc.subarray([...places]) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15_000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('timeouts' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), kept: fc.nat({ max: 3 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('repeat' as const), which: fc.nat() }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** A producer that believes what it was told last. The first two share an id, and so do the others. */
interface Client {
  readonly id: string;
  readonly transactionVersion: number;
  ref: ProducerRef | undefined;
}

class Run {
  readonly shard = new TestTxnShard({ idleMsMax: 30_000 });
  readonly clients: readonly Client[] = [0, 1, 2, 3].map((index) => ({
    ...{ id: ids[index < 2 ? 0 : 1], transactionVersion: index === 1 ? 0 : 2 },
    ref: undefined,
  }));
  /** Every request that was ever sent. */
  readonly #sent: (() => void)[] = [];
  /** Every decision that ever came out, also again after a crash, and where its marker has been written. */
  readonly #decided: { readonly txn: TxnMetadata; readonly marked: Set<string> }[] = [];
  /** What the log holds of each id, as folded by the model. */
  readonly #stored = new Map<string, TxnMetadata>();
  #folded = 0;
  #fenced = new Map<string, number>();
  #rank = new Map<string, number>();
  #unanswered = 0;
  #life = 0;
  #steps = 0;

  constructor(firstEpoch: number, isManual: boolean) {
    for (const id of ids) {
      this.shard.init(id, { timeoutMs: 10_000 });
      if (firstEpoch > 0) this.#skipTo(id, firstEpoch);
    }
    this.shard.isManual = isManual;
    this.check();
  }

  /** Puts an id at an epoch, as long use would have. */
  #skipTo(id: string, producerEpoch: number): void {
    const metadata = { ...this.shard.describe(id)!, producerEpoch };
    this.shard.restore(recordOf(metadata));
  }

  take(step: Operation): void {
    // So that no two decisions of a producer look the same.
    this.shard.nowMs += 1;
    switch (step.do) {
      case 'init':
        this.#send(() => this.#init(this.#client(step.client), step.isNew));
        break;
      case 'add':
        this.#send(this.#add(this.#client(step.client), placesOf(...step.names), step.waitMs));
        break;
      case 'end':
        this.#send(this.#end(this.#client(step.client), step.isCommit));
        break;
      case 'commit':
        this.shard.commit();
        break;
      case 'marker':
        this.#marker(step.which, step.names);
        break;
      case 'wait':
        this.shard.advance(step.ms);
        break;
      case 'timeouts':
        this.#unchangedBy(() => this.shard.ask((core, turn) => core.abortTimedOut([this.#freshId()], turn)), undefined);
        break;
      case 'forget':
        this.shard.ask((core, turn) => core.forgetIdle(turn));
        break;
      case 'crash':
        this.#life += 1;
        this.#unanswered = 0;
        this.#folded = 0;
        this.#stored.clear();
        this.shard.crash(step.kept);
        break;
      case 'repeat':
        this.#sent[step.which % Math.max(this.#sent.length, 1)]?.();
        break;
    }
    this.check();
  }

  #client(index: number): Client {
    return this.clients[index] as Client;
  }

  #send(request: () => void): void {
    this.#sent.push(request);
    request();
  }

  #init(one: Client, isNew: boolean): void {
    const expected = isNew ? undefined : one.ref;
    const act = (freshProducerId: number | undefined) => (core: TxnShard, turn: Parameters<TxnShard['init']>[1]) =>
      core.init({ transactionalId: one.id, timeoutMs: 10_000, expected, freshProducerId }, turn);
    this.#granted(act, (reply) => {
      if (reply.error !== 'NONE') return;
      one.ref = refOf(reply);
      // Whoever was there before is fenced from now on, whatever it sends.
      if (expected === undefined) this.#fenced.set(one.id, this.#rankOf(one.id, one.ref));
    });
  }

  #add(one: Client, partitions: readonly TxnPartition[], waitMs: number): () => void {
    const { id, transactionVersion, ref = { producerId: 1, producerEpoch: 0 } } = one;
    const event = { transactionalId: id, ...ref, partitions, transactionVersion };
    return () => {
      const isLate = !this.#isPresent(id, ref) && !this.#isMarking(id);
      this.#unchangedBy(
        () =>
          this.#ask<TxnReply>(
            (core, turn) => core.add(event, turn, waitMs),
            ({ error }) => {
              if (error !== 'NONE') return;
              expect(isLate).toBe(false);
              this.#assertNotFenced(id, ref);
              expect(this.#wasIn(id, ref, partitions)).toBe(true);
            },
          ),
        isLate ? id : undefined,
      );
    };
  }

  #end(one: Client, isCommit: boolean): () => void {
    const { id, transactionVersion, ref = { producerId: 1, producerEpoch: 0 } } = one;
    const event = { transactionalId: id, ...ref, isCommit, transactionVersion };
    return () => {
      const isLate = !this.#isPresent(id, ref);
      const act = (freshProducerId: number | undefined) => (core: TxnShard, turn: Parameters<TxnShard['end']>[1]) =>
        core.end({ ...event, freshProducerId }, turn);
      this.#unchangedBy(
        () =>
          this.#granted(act, (reply) => {
            if (reply.error !== 'NONE') return;
            if (transactionVersion === 2 && one.ref?.producerId === ref.producerId) one.ref = refOf(reply);
            if (!isLate) this.#assertNotFenced(id, ref);
          }),
        isLate ? id : undefined,
      );
    };
  }

  /** A request of the past must leave what is there as it is. */
  #unchangedBy(act: () => void, id: string | undefined): void {
    const before = id === undefined ? undefined : this.shard.core.describe(id, turnOf(this.shard)).answers[0]?.response;
    act();
    if (id === undefined) return;
    expect(this.shard.core.describe(id, turnOf(this.shard)).answers[0]?.response).toEqual(before);
  }

  #granted(
    act: (
      freshProducerId: number | undefined,
    ) => (core: TxnShard, turn: Parameters<TxnShard['init']>[1]) => ReturnType<TxnShard['end']>,
    answered: (reply: TxnReply) => void,
  ): void {
    const finish = (reply: Granted) => {
      if (reply === 'needs-producer-id') this.#ask(act(this.#freshId()), finish);
      else {
        // The last epoch of all is for markers: no producer ever works under it.
        expect(reply.producerEpoch).toBeLessThanOrEqual(32_766);
        answered(reply);
      }
    };
    this.#ask(act(undefined), finish);
  }

  /** Asks, and sees to it that there is one answer. What a dead core owes is not waited for. */
  #ask<Reply>(act: Parameters<typeof this.shard.ask<Reply>>[0], answered: (reply: Reply) => void): void {
    const life = this.#life;
    this.#unanswered += 1;
    this.shard.ask(act, (reply) => {
      expect(life).toBe(this.#life);
      this.#unanswered -= 1;
      answered(reply);
    });
  }

  /** Reports markers of any decision there ever was: again, late, in part, or for the first time. */
  #marker(which: number, names: readonly string[]): void {
    this.#collect();
    const decision = this.#decided[which % Math.max(this.#decided.length, 1)];
    if (decision === undefined) return;
    const { txn, marked } = decision;
    for (const name of names) marked.add(name);
    const event = { decided: txn, partitions: placesOf(...names) };
    this.shard.ask((core, turn) => core.marked(event, turn));
  }

  #freshId(): number {
    this.shard.nextProducerId += 1;
    return this.shard.nextProducerId;
  }

  /** The decisions that came out: each must be what the committed log says. */
  #collect(): void {
    for (const txn of this.shard.decisions.splice(0)) {
      const kept = this.#kept(txn.transactionalId);
      expect(kept).toMatchObject({ state: txn.state, producerId: txn.producerId, producerEpoch: txn.producerEpoch });
      expect(isPrepared(txn.state)).toBe(true);
      const known = this.#decided.find((each) => sameDecision(each.txn, txn));
      if (known !== undefined) expect(known.txn.state).toBe(txn.state);
      this.#decided.push({ txn, marked: known?.marked ?? new Set() });
    }
  }

  /** The last that the log is sure to hold of an id. */
  #kept(id: string): TxnMetadata | undefined {
    for (let index = this.shard.committed - 1; index >= 0; index--) {
      const record = decodeRecord(this.shard.log[index]!);
      if (record?.type === 'transaction' && record.metadata.transactionalId === id) return record.metadata;
    }
    return undefined;
  }

  check(): void {
    this.#collect();
    this.#fold();
    this.#steps += 1;
    if (this.#steps % stepsBetweenReplays === 0) this.#compareWithReplay();
  }

  #compareWithReplay(): void {
    const replayed = this.shard.replayed();
    for (const id of ids) {
      const turn = turnOf(this.shard);
      const live = this.shard.core.describe(id, turn).answers[0]?.response as TxnMetadata | undefined;
      const again = replayed.describe(id, turn).answers[0]?.response as TxnMetadata | undefined;
      const { partitions, ...rest } = live ?? {};
      const { partitions: all, ...same } = again ?? {};
      expect({ ...rest, lastProducerEpoch: -1 }).toEqual({ ...same, lastProducerEpoch: -1 });
      // Where markers have been reported is not remembered: they are written again.
      expect(listPartitions(all ?? new Map())).toEqual(expect.arrayContaining(listPartitions(partitions ?? new Map())));
    }
  }

  /** Follows the log record by record: what may come after what. */
  #fold(): void {
    for (const stored of this.shard.log.slice(this.#folded)) {
      const record = decodeRecord(stored)!;
      if (record.type === 'tombstone') {
        this.#stored.delete(record.transactionalId);
        continue;
      }
      const { metadata: next } = record;
      const before = this.#stored.get(next.transactionalId);
      this.#stored.set(next.transactionalId, next);
      this.#rankOf(next.transactionalId, next);
      expect(next.producerEpoch).toBeGreaterThanOrEqual(0);
      expect(next.producerEpoch).toBeLessThanOrEqual(32_767);
      if (before === undefined) continue;
      expect(previousStates[next.state]).toContain(before.state);
      if (before.producerId === next.producerId) {
        expect(next.producerEpoch - before.producerEpoch).toBeGreaterThanOrEqual(0);
      } else expect([next.producerEpoch, before.producerEpoch >= 32_766]).toEqual([0, true]);
      if (isPrepared(before.state) && before.partitions.size > 0) this.#assertMarked(before);
    }
    this.#folded = this.shard.log.length;
  }

  /** A transaction is completed only when every partition has its marker. */
  #assertMarked(txn: TxnMetadata): void {
    const decision = this.#decided.find((each) => sameDecision(each.txn, txn));
    expect([...(decision?.marked ?? [])]).toEqual(expect.arrayContaining(namesOf(txn)));
  }

  #isPresent(id: string, { producerId, producerEpoch }: ProducerRef): boolean {
    const present = this.#stored.get(id);
    return present?.producerId === producerId && present.producerEpoch === producerEpoch;
  }

  #isMarking(id: string): boolean {
    return isPrepared(this.#stored.get(id)?.state ?? 'Empty');
  }

  /** Which of the producers of an id this is, in the order in which the log has brought them up. */
  #rankOf(id: string, { producerId, producerEpoch }: ProducerRef): number {
    const key = `${id}/${producerId}/${producerEpoch}`;
    const rank = this.#rank.get(key) ?? this.#rank.size;
    this.#rank.set(key, rank);
    return rank;
  }

  #assertNotFenced(id: string, ref: ProducerRef): void {
    expect(this.#rankOf(id, ref)).toBeGreaterThanOrEqual(this.#fenced.get(id) ?? 0);
  }

  /** Whether the log has a transaction of the producer with these partitions. */
  #wasIn(id: string, ref: ProducerRef, partitions: readonly TxnPartition[]): boolean {
    return this.shard.log.some((stored) => {
      const record = decodeRecord(stored);
      if (record?.type !== 'transaction' || record.metadata.transactionalId !== id) return false;
      const { producerId, producerEpoch, state } = record.metadata;
      const names = namesOf(record.metadata);
      const isOf = producerId === ref.producerId && producerEpoch === ref.producerEpoch && state === 'Ongoing';
      return isOf && partitions.every(({ topic, partition }) => names.includes(`${topic}:${partition}`));
    });
  }

  /** Lets everything come to its end: every request is answered, every decided transaction completed. */
  finish(): void {
    for (let round = 0; round < 5; round++) {
      this.shard.commit();
      this.shard.advance(100);
      this.#collect();
      for (const [index, { txn }] of this.#decided.entries()) this.#marker(index, namesOf(txn));
      this.check();
    }
    this.shard.commit();
    this.#compareWithReplay();
    expect(this.#unanswered).toBe(0);
    for (const { state } of this.#stored.values()) expect(isPrepared(state)).toBe(false);
  }
}

function refOf({ producerId, producerEpoch }: ProducerRef): ProducerRef {
  return { producerId, producerEpoch };
}

function namesOf({ partitions }: TxnMetadata): string[] {
  return listPartitions(partitions).map(({ topic, partition }) => `${topic}:${partition}`);
}

function turnOf({ nowMs, wallMs }: TestTxnShard) {
  return { ticket: 0, nowMs, wallMs };
}

/** Under the older protocol an epoch has many transactions, which differ by their time at the latest. */
function sameDecision(one: TxnMetadata, other: TxnMetadata): boolean {
  const keys = ['transactionalId', 'producerId', 'producerEpoch', 'startMs', 'updateMs'] as const;
  return keys.every((key) => one[key] === other[key]);
}

test('transactions keep what they promise, whatever happens', { timeout: 600_000 }, () => {
  const firstEpoch = fc.constantFrom(0, 32_760, 32_763, 32_765, 32_766);
  fc.assert(
    fc.property(
      firstEpoch,
      fc.boolean(),
      fc.array(operation, { maxLength: 60, size: 'max' }),
      (epoch, isManual, operations) => {
        const run = new Run(epoch, isManual);
        for (const step of operations) run.take(step);
        run.finish();
      },
    ),
    { numRuns: runs },
  );
});
