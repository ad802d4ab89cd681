import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import { encodeBatch, lastOffset, setBaseOffset, setPartitionLeaderEpoch, splitBatches } from '@nagare/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Log } from './log.ts';
import { defaultLogConfig, type LogConfig } from './log-config.ts';

interface ModelBatch {
  readonly base: number;
  readonly last: number;
  readonly epoch: number;
  readonly bytes: Buffer;
  readonly timestamps: readonly number[];
  readonly producer: { readonly id: number; readonly lastSequence: number } | undefined;
}

type Command =
  | { kind: 'append'; records: number; valueBytes: number; producer: number; ageMs: number; newEpoch: boolean }
  | { kind: 'roll' | 'write' | 'sync' | 'checkpoint' | 'retention' | 'crash' | 'power-loss' | 'restart' }
  | { kind: 'read'; at: number; bytesMax: number; below: number }
  | { kind: 'find-time'; at: number }
  | { kind: 'delete-before' | 'truncate'; at: number }
  | { kind: 'dirty-end'; how: 'crash' | 'power-loss'; syncs: boolean; afterMs: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const append = fc.record({
  kind: fc.constant('append' as const),
  records: fc.integer({ min: 1, max: 4 }),
  valueBytes: fc.constantFrom(0, 10, 100, 700),
  producer: fc.integer({ min: -1, max: 2 }),
  ageMs: fc.integer({ min: -50, max: 50 }),
  newEpoch: fc.boolean(),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: append },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['roll', 'write', 'sync', 'checkpoint', 'retention', 'crash', 'power-loss', 'restart'] as const),
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      at: share,
      bytesMax: fc.constantFrom(0, 300, 5000),
      below: share,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('find-time' as const), at: share }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('delete-before' as const, 'truncate' as const), at: share }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('dirty-end' as const),
      how: fc.constantFrom('crash' as const, 'power-loss' as const),
      syncs: fc.boolean(),
      afterMs: fc.constantFrom(0, 0.05, 0.3, 1),
    }),
  },
);

const settings = fc.record({
  seed: fc.nat(),
  segmentBytes: fc.constantFrom(400, 1000, 4000),
  segmentIndexBytes: fc.constantFrom(48, 4096),
  indexIntervalBytes: fc.constantFrom(0, 150, 4096),
  tailBytesMax: fc.constantFrom(0, 500, 100_000),
  onDisk: fc.constantFrom(true, true, true, false),
});

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
  checkpoint = { start: 0, recoveryPoint: 0 };
  readonly sequences = new Map<number, number>();
  readonly config: LogConfig;
  readonly options: { seed: number; tailBytesMax: number; onDisk: boolean };

  constructor(options: { seed: number; tailBytesMax: number; onDisk: boolean } & Partial<LogConfig>) {
    this.options = options;
    this.sim = createSimulation({ seed: options.seed });
    this.platform = this.sim.platform();
    this.config = { ...defaultLogConfig, retentionMs: 100, fileDeleteDelayMs: 0, ...options };
  }

  get end(): number {
    return Math.max(this.start, (this.batches.at(-1)?.last ?? -1) + 1);
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
      tailBytesMax: this.options.tailBytesMax,
    });
    this.log = await this.sim.complete(opening);
  }

  append({ records, valueBytes, producer, ageMs, newEpoch }: Extract<Command, { kind: 'append' }>): void {
    if (newEpoch) this.epoch += 1;
    const base = this.end;
    const timestamps = Array.from({ length: records }, (_, index) => startMs + base - ageMs + (index % 3));
    const sequence = this.sequences.get(producer) ?? 0;
    const bytes = encodeBatch(
      producer < 0 ? {} : { producerId: producer, producerEpoch: 0, baseSequence: sequence },
      timestamps.map((timestamp) => ({ timestamp, key: null, value: Buffer.alloc(valueBytes, base) })),
    );
    setBaseOffset(bytes, base);
    setPartitionLeaderEpoch(bytes, this.epoch);
    if (producer >= 0) this.sequences.set(producer, sequence + records);
    this.batches.push({
      base,
      last: base + records - 1,
      epoch: this.epoch,
      bytes: Buffer.from(bytes),
      timestamps,
      producer: producer < 0 ? undefined : { id: producer, lastSequence: sequence + records - 1 },
    });
    this.log.append(bytes, startMs);
  }

  /** What a start finds after the end of a life: a prefix of what was appended, with all that was safe. */
  async reopen(how: 'crash' | 'power-loss' | 'clean'): Promise<void> {
    if (how === 'clean') {
      await this.sim.complete(this.log.close());
      this.synced = this.end;
      this.written = this.end;
      if (!this.options.onDisk) return;
      this.checkpoint = { start: this.log.startOffset, recoveryPoint: this.log.recoveryPoint };
    } else {
      if (!this.options.onDisk) return;
      if (how === 'crash') this.platform.crash();
      else this.platform.powerLoss();
      this.platform = this.sim.platform();
    }
    await this.open(how === 'clean');
    const safe = how === 'crash' ? this.written : this.synced;
    expect(this.log.endOffset).toBeGreaterThanOrEqual(Math.max(safe, this.checkpoint.start));
    this.givenUpTo = Math.max(this.givenUpTo, this.start);
    expect(this.log.startOffset).toBeGreaterThanOrEqual(this.checkpoint.start);
    expect(this.log.startOffset).toBeLessThanOrEqual(this.start);
    this.forgetFrom(this.log.endOffset);
    expect(this.log.endOffset).toBe(this.end);
    this.start = this.log.startOffset;
    this.synced = how === 'clean' ? this.end : Math.min(this.synced, this.end);
    this.written = this.end;
    await this.check();
  }

  forgetFrom(offset: number): void {
    this.batches = this.batches.filter(({ last }) => last < offset);
    this.sequences.clear();
    for (const { producer } of this.batches) {
      if (producer !== undefined) this.sequences.set(producer.id, producer.lastSequence + 1);
    }
    this.epoch = Math.max(this.epoch, this.log.epochs.latest);
  }

  /** Everything from start to end, the producers and the epochs are as the model has them. */
  async check(): Promise<void> {
    expect(this.log.startOffset).toBe(this.start);
    expect(this.log.endOffset).toBe(this.end);
    const read: Buffer[] = [];
    for (let offset = this.start; offset < this.end; ) {
      const chunks = await this.sim.complete(
        Promise.resolve(this.log.read({ offset, bytesMax: 2000, upTo: this.end })),
      );
      read.push(...chunks);
      offset = lastOffset(splitBatches(chunks.at(-1)!).at(-1)!) + 1;
    }
    const visible = this.batches.filter(({ last }) => last >= this.start);
    expect(Buffer.concat(read).equals(Buffer.concat(visible.map(({ bytes }) => bytes)))).toBe(true);
    this.checkProducers();
    // What was given up and came back, because the checkpoint was older, may have lost its epoch.
    const lasting = visible.filter(({ last }) => last >= this.givenUpTo);
    for (const batch of lasting) expect(this.log.epochs.epochAt(batch.last)).toBe(batch.epoch);
    const starts = this.log.epochs.entries().map(({ startOffset }) => startOffset);
    expect([...starts].sort((a, b) => a - b)).toEqual(starts);
  }

  checkProducers(): void {
    const last = new Map(
      this.batches.flatMap((batch) => (batch.producer ? [[batch.producer.id, batch] as const] : [])),
    );
    for (const [id, batch] of last) {
      const entry = this.log.producers.get(id);
      if (entry === undefined && batch.last < this.start) continue;
      expect(entry?.batches.at(-1)).toMatchObject({
        lastSequence: batch.producer!.lastSequence,
        baseOffset: batch.base,
        lastOffset: batch.last,
      });
    }
    for (const { producerId } of this.log.producers.entries()) expect(last.has(producerId)).toBe(true);
  }

  async read(command: Extract<Command, { kind: 'read' }>): Promise<void> {
    const offset = this.at(command.at);
    const upTo = Math.max(offset, this.at(command.below));
    const found = Buffer.concat(
      await this.sim.complete(Promise.resolve(this.log.read({ offset, bytesMax: command.bytesMax, upTo }))),
    );
    const first = this.batches.findIndex(({ last }) => last >= offset);
    const mayRead = this.batches.slice(first < 0 ? this.batches.length : first).filter(({ last }) => last < upTo);
    const all = Buffer.concat(mayRead.map(({ bytes }) => bytes));
    expect(all.subarray(0, found.length).equals(found)).toBe(true);
    const firstBytes = mayRead[0]?.bytes.length ?? 0;
    expect(found.length).toBeGreaterThanOrEqual(firstBytes);
    expect(found.length).toBeLessThanOrEqual(Math.max(command.bytesMax, firstBytes));
    expect(splitBatches(found).reduce((sum, { length }) => sum + length, 0)).toBe(found.length);
  }

  async findTime(at: number): Promise<void> {
    const timestampMs = startMs + this.at(at);
    const expected = this.batches
      .flatMap(({ base, timestamps, epoch }) =>
        timestamps.map((time, index) => ({ offset: base + index, timestampMs: time, leaderEpoch: epoch })),
      )
      .filter((record) => record.offset >= this.start);
    const found = await this.sim.complete(this.log.offsetForTime(timestampMs, this.end));
    expect(found).toEqual(expected.find((record) => record.timestampMs >= timestampMs));
    const largestMs = Math.max(...expected.map((record) => record.timestampMs));
    const newest = await this.sim.complete(this.log.maxTimestampOffset(this.end));
    // The newest record of the first segment may be one that was given up.
    if (newest !== undefined) expect(newest).toEqual(expected.find((record) => record.timestampMs === largestMs));
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
    this.checkpoint = { start: this.log.startOffset, recoveryPoint: this.log.recoveryPoint };
    await this.check();
  }

  async dirtyEnd({ how, syncs, afterMs }: Extract<Command, { kind: 'dirty-end' }>): Promise<void> {
    if (!this.options.onDisk) return;
    if (syncs) this.log.synced().catch(() => {});
    await this.sim.advance(afterMs);
    await this.reopen(how);
  }

  async run(command: Command): Promise<void> {
    switch (command.kind) {
      case 'append':
        return this.append(command);
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
        this.checkpoint = { start: this.log.startOffset, recoveryPoint: this.log.recoveryPoint };
        return;
      case 'retention':
        this.log.applyRetention({ nowMs: startMs + this.end + 20, upTo: this.options.onDisk ? this.synced : this.end });
        expect(this.log.startOffset).toBeGreaterThanOrEqual(this.start);
        this.start = this.log.startOffset;
        return;
      case 'crash':
      case 'power-loss':
        return this.reopen(command.kind);
      case 'restart':
        return this.options.onDisk ? this.reopen('clean') : undefined;
      case 'read':
        return this.read(command);
      case 'find-time':
        return this.findTime(command.at);
      case 'delete-before': {
        const offset = Math.min(
          this.at(command.at),
          this.options.onDisk ? Math.max(this.start, this.synced) : this.end,
        );
        this.log.deleteBefore(offset, startMs);
        this.start = Math.max(this.start, offset);
        return;
      }
      case 'truncate':
        return this.truncate(this.at(command.at));
      case 'dirty-end':
        return this.dirtyEnd(command);
    }
  }
}

test('a log is the list of its batches, whatever happens to the process and the machine', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(command, { maxLength: 60, size: 'max' }), async (options, commands) => {
      const pair = new Pair(options);
      await pair.open(true);
      for (const each of commands) await pair.run(each);
      await pair.check();
    }),
    { numRuns: Number(process.env.LOG_MODEL_RUNS ?? 100) },
  );
});
