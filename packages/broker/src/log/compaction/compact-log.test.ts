import { createSimulation } from '@nagare/base/sim';
import {
  type BatchOptions,
  baseOffset,
  baseTimestamp,
  compressionCodec,
  encodeBatch,
  encodeEndTxnMarker,
  hasDeleteHorizon,
  isControl,
  isLogAppendTime,
  lastOffset,
  prepareCompression,
  producerId,
  type RecordDraft,
  readRecords,
  recordCount,
  setBaseOffset,
  setPartitionLeaderEpoch,
  splitBatches,
} from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { Log } from '../log.ts';
import { defaultLogConfig, type LogConfig } from '../log-config.ts';

const startMs = Date.UTC(2025, 0, 1);
const dayMs = 86_400_000;
const topicId = 'dGVzdC10b3BpYy1pZC0xMg';

type Pair = readonly [key: string | null, value: string | null];

/** A compacted log, in memory or on a simulated disk, as a test drives it. */
class CompactedLog {
  readonly log: Log;
  readonly #complete: <Value>(promise: Promise<Value>) => Promise<Value>;
  nowMs = startMs;

  private constructor(log: Log, complete: <Value>(promise: Promise<Value>) => Promise<Value>) {
    this.log = log;
    this.#complete = complete;
  }

  static async open(place: 'memory' | 'disk', config: Partial<LogConfig> = {}): Promise<CompactedLog> {
    const whole = { ...defaultLogConfig, cleanupPolicy: ['compact'] as const, minCleanableDirtyRatio: 0, ...config };
    const options = { topicId, config: whole, nowMs: startMs };
    if (place === 'memory') return new CompactedLog(Log.inMemory(options), (promise) => promise);
    const sim = createSimulation({ seed: 1 });
    const { disk } = sim.platform();
    await sim.complete(disk.makeDirectory('/data'));
    const opening = Log.open({ ...options, disk, directory: '/data/orders-0', wasCleanShutdown: true });
    return new CompactedLog(await sim.complete(opening), (promise) => sim.complete(promise));
  }

  add(pairs: readonly Pair[], options: BatchOptions = {}): void {
    const records: RecordDraft[] = pairs.map(([key, value]) => ({
      timestamp: this.nowMs,
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    }));
    this.#append(encodeBatch(options, records));
  }

  end(type: 'commit' | 'abort', producerId: number): void {
    this.#append(
      encodeEndTxnMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: this.nowMs }),
    );
  }

  #append(batch: Buffer): void {
    setBaseOffset(batch, this.log.endOffset);
    setPartitionLeaderEpoch(batch, 3);
    this.log.append(batch, this.nowMs);
  }

  roll(): void {
    this.log.roll(this.nowMs);
  }

  /** Compacts as often as that is due. */
  async compact(lastStableOffset = this.log.endOffset, keyBytesMax = 1_000_000): Promise<number> {
    await this.#complete(this.log.synced());
    for (let rounds = 0; ; rounds += 1) {
      const range = this.log.compaction.cleanable({ lastStableOffset, nowMs: this.nowMs });
      if (range === undefined) return rounds;
      await this.#complete(
        this.log.compaction.run(range, {
          nowMs: this.nowMs,
          keyBytesMax,
          pause: () => Promise.resolve(),
          isStopped: () => false,
        }),
      );
    }
  }

  async batches(): Promise<Buffer[]> {
    const all: Buffer[] = [];
    for (let offset = this.log.startOffset; offset < this.log.endOffset; ) {
      const chunks = await this.#complete(
        Promise.resolve(this.log.read({ offset, bytesMax: 200, upTo: this.log.endOffset })),
      );
      all.push(...chunks.flatMap(splitBatches));
      offset = lastOffset(all.at(-1)!) + 1;
    }
    return all;
  }

  /** What a consumer gets that reads all. */
  async records(): Promise<string[]> {
    const batches = await this.batches();
    return batches
      .filter((batch) => !isControl(batch))
      .flatMap((batch) => readRecords(batch))
      .map(({ offset, key, value }) => `${offset} ${key}=${value}`);
  }

  offsetForTime(timestampMs: number): Promise<unknown> {
    return this.#complete(this.log.offsetForTime(timestampMs, this.log.endOffset));
  }

  aborted(): Promise<readonly { producerId: number; firstOffset: number; lastOffset: number }[]> {
    const { startOffset: fromOffset, endOffset: toOffset } = this.log;
    return this.#complete(Promise.resolve(this.log.abortedTransactions({ fromOffset, toOffset })));
  }
}

describe.each(['memory', 'disk'] as const)('compaction of a log (%s)', (place) => {
  test('keeps the newest record of each key, at its offset', async () => {
    const log = await CompactedLog.open(place);
    log.add([
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
    ]);
    log.add([['c', '1']]);
    log.roll();
    log.add([
      ['b', '2'],
      ['c', '2'],
    ]);
    log.add([['d', '1']]);
    log.roll();
    log.add([['d', '2']]);
    expect(await log.compact()).toBe(1);
    expect(await log.records()).toEqual(['2 a=2', '4 b=2', '5 c=2', '6 d=1', '7 d=2']);
    expect(log.log.startOffset).toBe(0);
    expect(log.log.compaction.cleanedOffset).toBe(7);
  });

  test('says of a batch with fewer records what it said before', async () => {
    const log = await CompactedLog.open(place);
    log.add(
      [
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
        ['c', '1'],
      ],
      {
        ...{ producerId: 7, producerEpoch: 2, baseSequence: 40, compression: 'gzip' },
      },
    );
    log.add([['c', '2']]);
    log.roll();
    await log.compact();
    const [batch] = await log.batches();
    expect([baseOffset(batch!), lastOffset(batch!), recordCount(batch!), producerId(batch!)]).toEqual([0, 3, 2, 7]);
    expect(log.log.producers.get(7)?.batches.at(-1)?.lastSequence).toBe(43);
  });

  test('leaves the time of the append to batches that have it', async () => {
    const log = await CompactedLog.open(place);
    log.nowMs = startMs + 7;
    log.add(
      [
        ['a', '1'],
        ['b', '1'],
        ['a', null],
      ],
      { logAppendTimeMs: startMs + 9 },
    );
    log.roll();
    await log.compact();
    const [batch] = await log.batches();
    expect(isLogAppendTime(batch!)).toBe(true);
    expect(readRecords(batch!).map(({ timestamp }) => timestamp)).toEqual([startMs + 9, startMs + 9]);
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('keeps the compression with %s', async (compression) => {
    // The simulation does not wait for what loads in real time.
    await prepareCompression(['zstd']);
    const log = await CompactedLog.open(place);
    log.add(
      [
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
      ],
      { compression },
    );
    log.roll();
    await log.compact();
    expect((await log.batches()).map((batch) => compressionCodec(batch))).toEqual([compression]);
    expect(await log.records()).toEqual(['1 b=1', '2 a=2']);
  });

  test('leaves the active segment and what is not stable alone', async () => {
    const log = await CompactedLog.open(place);
    for (const value of ['1', '2', '3']) {
      log.add([['a', value]]);
      log.roll();
    }
    log.add([['a', '4']]);
    log.add([['a', '5']]);
    await log.compact(2);
    expect(await log.records()).toEqual(['1 a=2', '2 a=3', '3 a=4', '4 a=5']);
    await log.compact();
    expect(await log.records()).toEqual(['2 a=3', '3 a=4', '4 a=5']);
  });

  test('drops a tombstone when its time has come, counted from the round that first sees it', async () => {
    const log = await CompactedLog.open(place, { deleteRetentionMs: dayMs });
    log.add([
      ['a', '1'],
      ['b', '1'],
    ]);
    log.add([['a', null]]);
    log.roll();
    await log.compact();
    expect(await log.records()).toEqual(['1 b=1', '2 a=null']);
    const tombstones = (await log.batches()).at(-1)!;
    expect([hasDeleteHorizon(tombstones), baseTimestamp(tombstones)]).toEqual([true, startMs + dayMs]);
    expect(readRecords(tombstones)[0]!.timestamp).toBe(startMs);
    log.nowMs += dayMs - 1;
    log.add([['c', '1']]);
    log.roll();
    await log.compact();
    expect(await log.records()).toContain('2 a=null');
    log.nowMs += 1;
    log.add([['c', '2']]);
    log.roll();
    await log.compact();
    expect(await log.records()).toEqual(['1 b=1', '4 c=2']);
  });

  test('waits for records to be old enough, and no longer than the topic allows', async () => {
    const lag = { minCompactionLagMs: 1000, maxCompactionLagMs: 5000, minCleanableDirtyRatio: 1 };
    const log = await CompactedLog.open(place, lag);
    log.add([['a', '1']]);
    log.roll();
    log.add([['a', '2']]);
    log.roll();
    log.nowMs += 5000;
    expect(await log.compact()).toBe(0);
    log.nowMs += 1;
    expect(await log.compact()).toBe(1);
    log.log.config = { ...log.log.config, maxCompactionLagMs: 1, minCompactionLagMs: 10_000 };
    log.add([['a', '3']]);
    log.roll();
    log.nowMs += 9_999;
    expect(await log.compact()).toBe(0);
  });

  test('waits until there is enough that is new', async () => {
    const log = await CompactedLog.open(place, { minCleanableDirtyRatio: 0.5 });
    log.add([
      ['a', '1'],
      ['b', '1'],
      ['c', '1'],
    ]);
    log.roll();
    expect(await log.compact()).toBe(1);
    log.add([['d', '1']]);
    log.roll();
    expect(await log.compact()).toBe(0);
    log.add([
      ['e', '1'],
      ['f', '1'],
    ]);
    log.roll();
    expect(await log.compact()).toBe(1);
  });

  test('keeps the header of the batch that a producer is known by', async () => {
    const log = await CompactedLog.open(place);
    log.add([['a', '1']], { producerId: 7, producerEpoch: 0, baseSequence: 0 });
    log.add([['a', '2']]);
    log.add([['a', '3']]);
    log.roll();
    await log.compact();
    const batches = await log.batches();
    expect(batches.map((batch) => [producerId(batch), recordCount(batch)])).toEqual([
      [7, 0],
      [-1, 1],
    ]);
  });

  test('drops what was aborted, and the marker once nothing is left that it hides', async () => {
    const log = await CompactedLog.open(place, { deleteRetentionMs: dayMs });
    const transactional = { producerId: 7, producerEpoch: 0, isTransactional: true };
    log.add([['a', '1']]);
    log.add(
      [
        ['a', 'x'],
        ['b', 'x'],
      ],
      { ...transactional, baseSequence: 0 },
    );
    log.end('abort', 7);
    log.add([['b', '1']], { ...transactional, baseSequence: 2 });
    log.end('commit', 7);
    log.roll();
    await log.compact();
    expect(await log.records()).toEqual(['0 a=1', '4 b=1']);
    expect(await log.aborted()).toMatchObject([{ producerId: 7, firstOffset: 1, lastOffset: 3 }]);
    const again = async (value: string) => {
      log.nowMs += dayMs;
      log.add([['z', value]]);
      log.roll();
      await log.compact();
      return (await log.batches()).filter((batch) => isControl(batch)).map((batch) => baseOffset(batch));
    };
    // The header of the first batch of the transaction stays, because the producer is known by its last five.
    expect(await again('1')).toEqual([3, 5]);
    for (let sequence = 3; sequence < 9; sequence += 1) {
      log.add([['y', `${sequence}`]], { ...transactional, baseSequence: sequence });
      log.end('commit', 7);
    }
    log.roll();
    // One round empties the batch, the next sees that its marker hides nothing, and a day later it goes.
    expect(await again('2')).toContain(3);
    expect(await log.aborted()).toHaveLength(1);
    expect(await again('3')).toContain(3);
    expect(await log.aborted()).toHaveLength(0);
    expect(await again('4')).not.toContain(3);
    expect((await log.records()).slice(0, 2)).toEqual(['0 a=1', '4 b=1']);
  });

  test('goes on in the next round when the memory for keys is full', async () => {
    const log = await CompactedLog.open(place);
    for (const value of ['1', '2', '3']) for (const key of ['a', 'b', 'c', 'd']) log.add([[key, value]]);
    log.roll();
    expect(await log.compact(undefined, 200)).toBeGreaterThan(2);
    expect((await log.records()).map((record) => record.split(' ')[1])).toEqual(['a=3', 'b=3', 'c=3', 'd=3']);
  });

  test('makes few segments of many, within the size of one', async () => {
    const log = await CompactedLog.open(place, { segmentBytes: 1000 });
    for (let index = 0; index < 40; index += 1) log.add([['a', `${index}`.padEnd(100)]]);
    log.roll();
    const before = log.log.sizeBytes;
    await log.compact();
    // What stays of each group is the header of its last batch.
    expect(log.log.sizeBytes).toBeLessThan(before / 10);
    expect(await log.records()).toHaveLength(1);
    expect(log.log.endOffset).toBe(40);
  });

  test('does not bring segments together whose offsets are too far apart', async () => {
    const log = await CompactedLog.open(place);
    for (const offset of [0, 2 ** 31 - 2, 2 ** 32]) {
      const batch = encodeBatch({}, [{ timestamp: startMs, key: Buffer.from(`${offset}`), value: Buffer.from('1') }]);
      setBaseOffset(batch, offset);
      log.log.append(batch, startMs);
      log.roll();
    }
    await log.compact();
    expect((await log.batches()).map((batch) => baseOffset(batch))).toEqual([0, 2 ** 31 - 2, 2 ** 32]);
  });

  test('finds offsets by time and by offset in what is left', async () => {
    const log = await CompactedLog.open(place, { indexIntervalBytes: 0 });
    for (let index = 0; index < 20; index += 1) {
      log.nowMs = startMs + index;
      log.add([
        [`${index % 3}`, `${index}`],
        [`${index}-only`, ''],
      ]);
    }
    log.roll();
    log.add([['9', '9']]);
    await log.compact();
    expect(await log.offsetForTime(startMs + 4)).toMatchObject({
      offset: 9,
      timestampMs: startMs + 4,
    });
  });
});
