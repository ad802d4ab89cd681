import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import {
  encodeBatch,
  encodeEndTxnMarker,
  isControl,
  isTransactional,
  lastOffset,
  producerId,
  type RecordDraft,
  setBaseOffset,
  setPartitionLeaderEpoch,
  splitBatches,
} from '@nagare/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndedTxn } from '../core/partition/open-transactions.ts';
import { producerBatchAt } from '../core/partition/producer-batch.ts';
import {
  type Append,
  type Command,
  command,
  type How,
  type Meanwhile,
  type Options,
  settings,
} from '../testing/log-commands.ts';
import { abortedAmong, fold, headerOf, type ModelBatch, modelOf, openIn } from '../testing/model-batch.ts';
import { Log } from './log.ts';
import { defaultLogConfig, type LogConfig } from './log-config.ts';

const startMs = Date.UTC(2025, 0, 1);
const topicId = 'dGVzdC10b3BpYy1pZC0xMg';

/** The simplest log there is, and the real one beside it. */
class Pair {
  readonly sim: ReturnType<typeof createSimulation>;
  platform: SimPlatform;
  log!: Log;
  batches: ModelBatch[] = [];
  start = 0;
  givenUpTo = 0;
  synced = 0;
  written = 0;
  epoch = 0;
  /** Compaction has run, and nobody has looked at what it did. */
  mayDiffer = false;
  checkpoint = { start: 0, recoveryPoint: 0, cleaned: 0 };
  readonly sequences = new Map<number, number>();
  readonly config: LogConfig;
  readonly options: Options;

  constructor(options: Options) {
    this.options = options;
    this.sim = createSimulation({ seed: options.seed });
    this.platform = this.sim.platform();
    const times = { retentionMs: 100, fileDeleteDelayMs: 0, minCleanableDirtyRatio: 0 };
    this.config = { ...defaultLogConfig, ...times, ...options };
  }

  get end(): number {
    return Math.max(this.start, (this.batches.at(-1)?.last ?? -1) + 1);
  }

  get nowMs(): number {
    return startMs + this.end;
  }

  get isCompacted(): boolean {
    return this.config.cleanupPolicy.includes('compact');
  }

  /** Up to where a leader would count everything as committed. */
  get highWatermark(): number {
    return this.options.onDisk ? Math.max(this.start, this.synced) : this.end;
  }

  at(part: number): number {
    return this.start + Math.floor(part * (this.end - this.start + 1));
  }

  async open(wasCleanShutdown: boolean): Promise<void> {
    if (!this.options.onDisk) {
      this.log = Log.inMemory({ topicId, config: this.config, nowMs: startMs });
      return;
    }
    await this.sim.complete(this.platform.disk.makeDirectory('/data'));
    await this.sim.complete(this.platform.disk.syncDirectory('/'));
    const opening = Log.open({
      disk: this.platform.disk,
      directory: '/data/orders-0',
      topicId,
      config: this.config,
      nowMs: startMs,
      wasCleanShutdown,
      startOffset: this.checkpoint.start,
      recoveryPoint: this.checkpoint.recoveryPoint,
      cleanedOffset: this.checkpoint.cleaned,
      tailBytesMax: this.options.tailBytesMax,
    });
    this.log = await this.sim.complete(opening);
  }

  #append(bytes: Buffer): void {
    setBaseOffset(bytes, this.end);
    setPartitionLeaderEpoch(bytes, this.epoch);
    this.batches.push(modelOf(bytes));
    this.log.append(bytes, this.nowMs);
  }

  append({ records, valueBytes, isTombstone, producer, ageMs, newEpoch }: Append): void {
    if (newEpoch) this.epoch += 1;
    const drafts = Array.from({ length: records }, (_, index): RecordDraft => {
      const isDelete = isTombstone && index === records - 1;
      return {
        timestamp: this.nowMs - ageMs + (index % 3),
        key: Buffer.from(`k${(this.end + index) % 5}`),
        value: isDelete ? null : Buffer.alloc(valueBytes, this.end),
      };
    });
    this.#append(encodeBatch(producer < 0 ? {} : this.#producer(producer, records), drafts));
  }

  #producer(id: number, records: number): { producerId: number; producerEpoch: number; baseSequence: number } {
    const baseSequence = this.sequences.get(id) ?? 0;
    this.sequences.set(id, baseSequence + records);
    return { producerId: id, producerEpoch: 0, baseSequence };
  }

  /** A retry of one of the last five batches of its producer is told from a new one, and where the first one is. */
  appendDuplicate(back: number): void {
    const data = this.batches.filter(({ bytes }) => producerId(bytes) >= 0 && !isControl(bytes));
    const retried = data.at(-1 - back);
    if (retried === undefined) return;
    const id = producerId(retried.bytes);
    const later = data.filter(({ bytes, base }) => producerId(bytes) === id && base > retried.base).length;
    const known = this.log.producers.get(id)?.batches.length ?? 0;
    const check = this.log.producers.check(producerBatchAt(retried.bytes, 0));
    if (later < known) expect(check).toMatchObject({ kind: 'duplicate', of: { baseOffset: retried.base } });
    else expect(check.kind === 'duplicate').toBe(false);
  }

  begin(id: number, records: number): void {
    const drafts = Array.from({ length: records }, (_, index) => ({
      ...{
        timestamp: this.nowMs,
        key: Buffer.from(`k${(this.end + index) % 5}`),
        value: Buffer.from(`txn ${this.end}`),
      },
    }));
    this.#append(encodeBatch({ ...this.#producer(id, records), isTransactional: true }, drafts));
  }

  endTransaction(id: number, isCommit: boolean): void {
    if (!this.sequences.has(id)) return;
    const marker = { producerId: id, producerEpoch: 0, coordinatorEpoch: 0, timestamp: this.nowMs };
    this.#append(encodeEndTxnMarker({ ...marker, type: isCommit ? 'commit' : 'abort' }));
  }

  /** What a start finds after the end of a life: a prefix of what was appended, with all that was safe. */
  async reopen(end: How | 'clean'): Promise<void> {
    if (end === 'clean') {
      await this.sim.complete(this.log.close());
      this.synced = this.end;
      this.written = this.end;
      if (!this.options.onDisk) return;
      this.#checkpoint();
    } else {
      if (!this.options.onDisk) return;
      if (end === 'crash') this.platform.crash();
      else this.platform.powerLoss();
      this.platform = this.sim.platform();
    }
    await this.open(end === 'clean');
    const safe = end === 'crash' ? this.written : this.synced;
    expect(this.log.endOffset).toBeGreaterThanOrEqual(Math.max(safe, this.checkpoint.start));
    this.givenUpTo = Math.max(this.givenUpTo, this.start);
    expect(this.log.startOffset).toBeGreaterThanOrEqual(this.checkpoint.start);
    expect(this.log.startOffset).toBeLessThanOrEqual(this.start);
    this.forgetFrom(this.log.endOffset);
    expect(this.log.endOffset).toBe(this.end);
    this.start = this.log.startOffset;
    this.synced = end === 'clean' ? this.end : Math.min(this.synced, this.end);
    this.written = this.end;
    await this.check();
  }

  #checkpoint(): void {
    const { startOffset, recoveryPoint, compaction } = this.log;
    this.checkpoint = { start: startOffset, recoveryPoint, cleaned: compaction.cleanedOffset };
  }

  forgetFrom(offset: number): void {
    this.batches = this.batches.filter(({ last }) => last < offset);
    this.sequences.clear();
    for (const { bytes } of this.batches) {
      const { producerId: id, baseSequence, baseOffset: base, lastOffset: last } = producerBatchAt(bytes, 0);
      if (baseSequence >= 0) this.sequences.set(id, baseSequence + last - base + 1);
    }
    this.epoch = Math.max(this.epoch, this.log.epochs.latest);
  }

  /** Everything from start to end, the producers and the epochs are as the model has them. */
  async check(): Promise<void> {
    expect(this.log.startOffset).toBe(this.start);
    expect(this.log.endOffset).toBe(this.end);
    const read: Buffer[] = [];
    for (let offset = this.start; offset < this.end; ) {
      const batches = await this.readBatches({ offset, bytesMax: 2000, upTo: this.end });
      read.push(...batches);
      offset = lastOffset(batches.at(-1)!) + 1;
    }
    if (this.mayDiffer) this.adopt(read);
    const visible = this.batches.filter(({ last }) => last >= this.start);
    expect(Buffer.concat(read).equals(Buffer.concat(visible.map(({ bytes }) => bytes)))).toBe(true);
    this.checkProducers();
    await this.checkAborted(visible);
    // What was given up and came back, because the checkpoint was older, may have lost its epoch.
    const lasting = visible.filter(({ last }) => last >= this.givenUpTo);
    for (const batch of lasting) expect(this.log.epochs.epochAt(batch.last)).toBe(batch.epoch);
    const starts = this.log.epochs.entries().map(({ startOffset }) => startOffset);
    expect([...starts].sort((a, b) => a - b)).toEqual(starts);
  }

  async readBatches(range: { offset: number; bytesMax: number; upTo: number }): Promise<Buffer[]> {
    return (await this.sim.complete(Promise.resolve(this.log.read(range)))).flatMap(splitBatches);
  }

  /** Takes over what compaction has left, if it may have left that. */
  adopt(read: readonly Buffer[]): void {
    const before = this.batches.filter(({ last }) => last >= this.start);
    const after = read.map(modelOf);
    const byBase = new Map(before.map((batch) => [batch.base, batch]));
    const records = new Map(before.flatMap((batch) => batch.records.map((record) => [record.offset, record])));
    for (const batch of after) {
      const original = byBase.get(batch.base);
      expect(original).toBeDefined();
      expect(headerOf(batch.bytes)).toEqual(headerOf(original!.bytes));
      for (const record of batch.records) expect(record).toEqual(records.get(record.offset));
    }
    const offsets = after.flatMap((batch) => batch.records.map(({ offset }) => offset));
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    expect(fold(after)).toEqual(fold(before));
    // A transaction that has a batch left has its end left.
    expect([...openIn(after)]).toEqual([...openIn(before)]);
    this.batches = [...this.batches.filter(({ last }) => last < this.start), ...after];
    this.mayDiffer = false;
  }

  /** Of each key there is one record in what was compacted. */
  checkClean(): void {
    const aborted = abortedAmong(this.batches);
    const clean = this.batches
      .filter((batch) => batch.base >= this.start && batch.last < this.log.compaction.cleanedOffset)
      .filter((batch) => !isControl(batch.bytes));
    for (const batch of clean) if (aborted.has(batch)) expect(batch.records).toEqual([]);
    const keys = clean.flatMap((batch) => batch.records.map(({ key }) => key));
    expect(keys).toHaveLength(new Set(keys).size);
  }

  /** Who goes by the index of aborted transactions leaves out what the markers say. */
  async checkAborted(visible: readonly ModelBatch[]): Promise<void> {
    const search = { fromOffset: this.start, toOffset: this.end };
    this.checkIndex(await this.sim.complete(Promise.resolve(this.log.abortedTransactions(search))), visible);
  }

  checkIndex(index: readonly EndedTxn[], batches: readonly ModelBatch[]): void {
    const aborted = new Set([...abortedAmong(this.batches)].map(({ base }) => base));
    for (const { bytes, base, last, records } of batches) {
      if (isControl(bytes) || records.length === 0) continue;
      const id = producerId(bytes);
      const isOut = index.some((txn) => txn.producerId === id && txn.firstOffset <= base && last < txn.lastOffset);
      expect(isTransactional(bytes) && isOut).toBe(aborted.has(base));
    }
  }

  checkProducers(): void {
    const last = new Map(
      this.batches
        .filter(({ bytes }) => producerId(bytes) >= 0 && !isControl(bytes))
        .map(({ bytes }) => [producerId(bytes), producerBatchAt(bytes, 0)] as const),
    );
    for (const [id, batch] of last) {
      const known = this.log.producers.get(id)?.batches.at(-1);
      // What was given up may be forgotten.
      if (known === undefined && batch.lastOffset < this.start) continue;
      const { baseSequence, baseOffset: base, lastOffset: end } = batch;
      expect(known).toMatchObject({ baseSequence, baseOffset: base, lastOffset: end });
    }
    for (const { producerId: id } of this.log.producers.entries()) expect(this.sequences.has(id)).toBe(true);
  }

  async read(wanted: Extract<Command, { kind: 'read' }>): Promise<void> {
    const offset = this.at(wanted.at);
    const upTo = Math.max(offset, this.at(wanted.below));
    const found = Buffer.concat(await this.readBatches({ offset, bytesMax: wanted.bytesMax, upTo }));
    const first = this.batches.findIndex(({ last }) => last >= offset);
    const mayRead = this.batches.slice(first < 0 ? this.batches.length : first).filter(({ last }) => last < upTo);
    const all = Buffer.concat(mayRead.map(({ bytes }) => bytes));
    expect(all.subarray(0, found.length).equals(found)).toBe(true);
    const firstBytes = mayRead[0]?.bytes.length ?? 0;
    expect(found.length).toBeGreaterThanOrEqual(firstBytes);
    expect(found.length).toBeLessThanOrEqual(Math.max(wanted.bytesMax, firstBytes));
    expect(splitBatches(found).reduce((sum, { length }) => sum + length, 0)).toBe(found.length);
  }

  async findTime(at: number): Promise<void> {
    const timestampMs = startMs + this.at(at);
    const expected = this.batches
      .flatMap(({ records, epoch }) =>
        records.map((record) => ({ offset: record.offset, timestampMs: record.timestampMs, leaderEpoch: epoch })),
      )
      .filter((record) => record.offset >= this.start);
    const found = await this.sim.complete(this.log.offsetForTime(timestampMs, this.end));
    expect(found).toEqual(expected.find((record) => record.timestampMs >= timestampMs));
    const largestMs = Math.max(...expected.map((record) => record.timestampMs));
    const newest = await this.sim.complete(this.log.maxTimestampOffset(this.end));
    // The newest record of the first segment may be one that was given up, or compacted away.
    if (newest !== undefined) expect(newest).toEqual(expected.find((record) => record.timestampMs === largestMs));
  }

  /** Where an epoch ends lies behind what was written under it and those before, and before all that came later. */
  findEpoch(at: number): void {
    const asked = Math.floor(at * (this.epoch + 2));
    const found = this.log.epochs.endOffsetFor(asked, this.end);
    if (asked > this.log.epochs.latest) {
      expect(found).toEqual({ epoch: -1, endOffset: -1 });
      return;
    }
    expect(found.epoch).toBeLessThanOrEqual(asked);
    for (const { base, last, epoch } of this.batches.filter((batch) => batch.base >= this.givenUpTo)) {
      if (base < this.start) continue;
      if (epoch <= asked) expect(last).toBeLessThan(found.endOffset);
      else expect(base).toBeGreaterThanOrEqual(found.endOffset);
    }
  }

  get isCleaned(): boolean {
    return this.log.compaction.cleanedOffset > 0;
  }

  async truncate(offset: number): Promise<void> {
    const changesNothing = offset >= this.end;
    await this.sim.complete(this.log.truncateTo(offset));
    if (changesNothing) return;
    this.forgetFrom(this.log.endOffset);
    expect(this.log.endOffset).toBe(this.end);
    expect(this.end).toBeLessThanOrEqual(offset);
    this.synced = Math.min(this.synced, this.end);
    this.written = this.end;
    this.#checkpoint();
    await this.check();
  }

  deleteBefore(at: number): void {
    const offset = Math.min(this.at(at), this.highWatermark);
    this.log.deleteBefore(offset, startMs);
    this.start = Math.max(this.start, offset);
  }

  async compact(wanted: Extract<Command, { kind: 'compact' }>): Promise<void> {
    if (!this.isCompacted) return;
    if (wanted.rolls) {
      this.log.roll(startMs);
      await this.run({ kind: 'sync' });
    }
    await this.check();
    this.log.producers.settle(this.highWatermark);
    const lastStableOffset = Math.min(this.highWatermark, this.log.producers.firstUnstableOffset ?? this.end);
    const range = this.log.compaction.cleanable({ lastStableOffset, nowMs: this.nowMs });
    if (range === undefined) return;
    const { platform } = this;
    const running = this.log.compaction.run(range, {
      ...{ nowMs: this.nowMs, keyBytesMax: wanted.keyBytesMax },
      pause: () => new Promise((resolve) => platform.timers.soon(resolve)),
      isStopped: () => false,
    });
    this.mayDiffer = true;
    if (wanted.meanwhile !== 'nothing') await this.sim.advance(wanted.afterMs);
    if (wanted.meanwhile === 'crash' || wanted.meanwhile === 'power-loss') {
      running.catch(() => {});
      if (this.options.onDisk) return this.reopen(wanted.meanwhile);
    } else {
      await this.#doMeanwhile(wanted.meanwhile, wanted.at);
    }
    const result = await this.sim.complete(running);
    await this.check();
    if (result !== undefined) this.checkClean();
  }

  async #doMeanwhile(what: Exclude<Meanwhile, How>, at: number): Promise<void> {
    switch (what) {
      case 'nothing':
        return;
      case 'append':
        return this.append({ kind: 'append', ...plainAppend });
      case 'roll':
        return this.log.roll(startMs);
      case 'delete-before':
        return this.deleteBefore(at);
      case 'truncate':
        // What is committed is never cut off, and nothing else is compacted.
        return this.truncate(Math.max(this.at(at), this.highWatermark));
      case 'read':
        return this.#readThrough(this.at(at));
    }
  }

  /** A consumer on its way through a log that is being compacted misses nothing that must still be there. */
  async #readThrough(from: number): Promise<void> {
    const read: ModelBatch[] = [];
    for (let offset = from; offset < this.end; ) {
      const batches = (await this.readBatches({ offset, bytesMax: 300, upTo: this.end })).map(modelOf);
      expect(batches[0]!.last).toBeGreaterThanOrEqual(offset);
      const toOffset = batches.at(-1)!.last + 1;
      const search = { fromOffset: offset, toOffset };
      const index = await this.sim.complete(Promise.resolve(this.log.abortedTransactions(search)));
      this.checkIndex(index, batches);
      read.push(...batches);
      offset = toOffset;
    }
    const found = new Set(read.flatMap(({ records }) => records.map((record) => record.offset)));
    for (const { offset } of fold(this.batches).values()) if (offset >= from) expect(found).toContain(offset);
  }

  async dirtyEnd({ how: end, syncs, afterMs }: Extract<Command, { kind: 'dirty-end' }>): Promise<void> {
    if (!this.options.onDisk) return;
    if (syncs) this.log.synced().catch(() => {});
    await this.sim.advance(afterMs);
    await this.reopen(end);
  }

  async run(wanted: Command): Promise<void> {
    switch (wanted.kind) {
      case 'append':
        return this.append(wanted);
      case 'append-duplicate':
        return this.appendDuplicate(wanted.back);
      case 'begin':
        return this.begin(wanted.producer, wanted.records);
      case 'end':
        return this.endTransaction(wanted.producer, wanted.isCommit);
      case 'roll':
        return this.log.roll(startMs);
      case 'write':
        await this.sim.complete(this.log.written());
        this.written = this.end;
        return;
      case 'sync':
        await this.sim.complete(this.log.synced());
        this.synced = this.end;
        this.written = this.end;
        return;
      case 'checkpoint':
        return this.#checkpoint();
      case 'retention':
        this.log.applyRetention({ nowMs: this.nowMs + 20, upTo: this.options.onDisk ? this.synced : this.end });
        expect(this.log.startOffset).toBeGreaterThanOrEqual(this.start);
        this.start = this.log.startOffset;
        return;
      case 'crash':
      case 'power-loss':
        return this.reopen(wanted.kind);
      case 'restart':
        return this.options.onDisk ? this.reopen('clean') : undefined;
      case 'read':
        return this.read(wanted);
      case 'find-time':
        return this.findTime(wanted.at);
      case 'find-epoch':
        return this.findEpoch(wanted.at);
      case 'delete-before':
        return this.deleteBefore(wanted.at);
      case 'truncate':
        // Compaction goes by what is behind it too, up to the high watermark: nothing of that is ever cut off.
        return this.truncate(Math.max(this.at(wanted.at), this.isCleaned ? this.highWatermark : 0));
      case 'compact':
        return this.compact(wanted);
      case 'dirty-end':
        return this.dirtyEnd(wanted);
    }
  }
}

const plainAppend = { records: 2, valueBytes: 10, isTombstone: false, producer: 0, ageMs: 0, newEpoch: false };

test('a log is the list of its batches, whatever happens to the process and the machine', {
  timeout: 1_200_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(command, { maxLength: 60, size: 'max' }), async (options, commands) => {
      const pair = new Pair(options);
      await pair.open(true);
      for (const each of commands) await pair.run(each);
      await pair.check();
    }),
    { numRuns: Number(process.env.NAGARE_RUNS ?? 200) },
  );
});
