import type { Disk, DiskFile } from '@nagare/base';
import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import { lastOffset, splitBatches } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { Log, type LogOnDiskOptions } from './log.ts';
import { defaultLogConfig } from './log-config.ts';
import { type SampleBatch, sampleBatch } from './sample-batches.ts';
import { TailBudget } from './tail-budget.ts';

const directory = '/data/orders-0';
const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
let sim: ReturnType<typeof createSimulation>;
let platform: SimPlatform;

beforeEach(async () => {
  sim = createSimulation({ seed: 1 });
  platform = sim.platform();
  await sim.complete(platform.disk.makeDirectory('/data'));
});

function open(options: Partial<LogOnDiskOptions> = {}): Promise<Log> {
  const base = { topicId, config: defaultLogConfig, nowMs: 0, disk: platform.disk, directory, wasCleanShutdown: true };
  return sim.complete(Log.open({ ...base, ...options }));
}

/** Appends a batch at the end of a log. */
function add(log: Log, sample: SampleBatch = {}, nowMs = 0): Buffer {
  const batch = sampleBatch({ ...sample, baseOffset: log.endOffset });
  log.append(batch, nowMs);
  return batch;
}

function names(): Promise<string[]> {
  return sim.complete(platform.disk.list(directory));
}

async function readAll(log: Log): Promise<number[]> {
  const offsets: number[] = [];
  for (let offset = log.startOffset; offset < log.endOffset; ) {
    const chunks = await sim.complete(Promise.resolve(log.read({ offset, bytesMax: 1000, upTo: log.endOffset })));
    for (const batch of chunks.flatMap(splitBatches)) offsets.push(lastOffset(batch));
    offset = offsets.at(-1)! + 1;
  }
  return offsets;
}

/** A disk that counts what is done to `.log` files. */
function counting(disk: Disk): { disk: Disk; writes: number; writtenBytes: number; syncs: number } {
  const counts = { disk, writes: 0, writtenBytes: 0, syncs: 0 };
  const counted = (file: DiskFile): DiskFile => ({
    ...file,
    path: file.path,
    read: (position, length) => file.read(position, length),
    truncate: (length) => file.truncate(length),
    size: () => file.size(),
    close: () => file.close(),
    write: (chunks, position) => {
      if (file.path.endsWith('.log')) {
        counts.writes += 1;
        for (const chunk of chunks) counts.writtenBytes += chunk.length;
      }
      return file.write(chunks, position);
    },
    sync: () => {
      if (file.path.endsWith('.log')) counts.syncs += 1;
      return file.sync();
    },
  });
  const open: Disk['open'] = async (path, options) => counted(await disk.open(path, options));
  counts.disk = new Proxy(disk, {
    get: (target, key) => (key === 'open' ? open : (Reflect.get(target, key) as () => unknown).bind(target)),
  });
  return counts;
}

describe('the disk', () => {
  test('gets the batches of a turn in one write, and all who wait share one sync', async () => {
    const counts = counting(platform.disk);
    const log = await open({ disk: counts.disk });
    for (let batch = 0; batch < 100; batch += 1) add(log);
    const waiters = Array.from({ length: 50 }, () => log.synced());
    expect([log.writtenOffset, log.recoveryPoint]).toEqual([0, 0]);
    await sim.complete(Promise.all(waiters));
    expect([counts.writes, counts.syncs]).toEqual([1, 1]);
    expect([log.writtenOffset, log.recoveryPoint, log.pendingBytes]).toEqual([100, 100, 0]);
  });

  test('gets what comes during a sync in the next one', async () => {
    const counts = counting(platform.disk);
    const log = await open({ disk: counts.disk });
    add(log);
    await sim.complete(log.written());
    const first = log.synced();
    await sim.advance(0.05);
    add(log);
    const second = log.synced();
    await sim.complete(first);
    expect(log.recoveryPoint).toBe(1);
    await sim.complete(second);
    expect(log.recoveryPoint).toBe(2);
    expect(counts.syncs).toBe(2);
  });

  test.each(['write', 'sync'] as const)('fences the log with its first error, of a %s, for good', async (operation) => {
    const log = await open();
    add(log);
    await sim.complete(log.synced());
    platform.disk.failNext(operation, operation === 'write' ? 'ENOSPC' : 'EIO');
    add(log);
    await expect(sim.complete(log.synced())).rejects.toMatchObject({
      code: 'NAGARE_BROKER_LOG_FAILED',
      message: expect.stringContaining(directory),
    });
    expect(log.failure).toBeDefined();
    expect(() => add(log)).toThrow('takes no more records');
    await expect(sim.complete(log.written())).rejects.toBe(log.failure);
    await expect(sim.complete(log.synced())).rejects.toBe(log.failure);
    expect([log.endOffset, log.recoveryPoint]).toEqual([2, 1]);
    await sim.complete(log.abandon());
    const again = await open({ wasCleanShutdown: false });
    expect(again.endOffset).toBeGreaterThanOrEqual(1);
    add(again);
    await sim.complete(again.synced());
    expect(await readAll(again)).toEqual(Array.from({ length: again.endOffset }, (_, offset) => offset));
  });
});

describe('readers', () => {
  test('at the end are served at once, with the bytes that were appended', async () => {
    const log = await open();
    const big = add(log, { valueBytes: 20_000 });
    const found = log.read({ offset: 0, bytesMax: 0, upTo: 1 });
    expect(found).toHaveLength(1);
    expect((found as Buffer[])[0]).toBe(big);
  });

  test('get what left memory from the files, in pieces of the size they ask for', async () => {
    const log = await open({ tailBytesMax: 0, config: { ...defaultLogConfig, indexIntervalBytes: 200 } });
    for (let batch = 0; batch < 50; batch += 1) {
      add(log);
      await sim.complete(log.written());
    }
    const found = log.read({ offset: 20, bytesMax: 400, upTo: 49 });
    expect(found).toBeInstanceOf(Promise);
    const batches = (await sim.complete(found as Promise<Buffer[]>)).flatMap(splitBatches);
    expect(batches.map((batch) => lastOffset(batch))).toEqual([20, 21, 22, 23, 24]);
  });

  test('never see a batch that reaches to the limit', async () => {
    const log = await open();
    add(log, { timestamps: [1, 2, 3] });
    expect(log.read({ offset: 0, bytesMax: 1000, upTo: 2 })).toEqual([]);
    expect(log.read({ offset: 3, bytesMax: 1000, upTo: 3 })).toEqual([]);
  });

  test('of several logs share one bound, and the log that slept longest gives way', async () => {
    const tailBudget = new TailBudget(3000);
    const first = await open({ tailBudget });
    const second = await open({ tailBudget, directory: '/data/orders-1' });
    for (let batch = 0; batch < 5; batch += 1) add(first);
    await sim.complete(first.written());
    for (let batch = 0; batch < 10; batch += 1) add(second);
    expect(tailBudget.bytes).toBeLessThanOrEqual(3000);
    expect(first.read({ offset: 0, bytesMax: 1, upTo: 5 })).toBeInstanceOf(Promise);
    expect(second.read({ offset: 0, bytesMax: 1, upTo: 10 })).toHaveLength(1);
    await sim.complete(Promise.all([first.close(), second.close()]));
    expect(tailBudget.bytes).toBe(0);
  });
});

describe('a segment ends', () => {
  const cases: [string, Partial<typeof defaultLogConfig>, SampleBatch[]][] = [
    ['before it exceeds its size', { segmentBytes: 200 }, [{ valueBytes: 100 }, { valueBytes: 100 }]],
    ['when its records span its time', { segmentMs: 10 }, [{ timestamps: [100] }, { timestamps: [111] }]],
    ['when its index is full', { segmentIndexBytes: 8, indexIntervalBytes: 0 }, [{}, {}, {}]],
  ];
  test.each(cases)('%s', async (_, settings, samples) => {
    const log = await open({ config: { ...defaultLogConfig, ...settings } });
    for (const sample of samples) add(log, sample);
    await sim.complete(log.written());
    const second = `${samples.length - 1}`.padStart(20, '0');
    expect((await names()).filter((name) => name.includes(second))).toEqual([
      `${second}.index`,
      `${second}.log`,
      `${second}.snapshot`,
      `${second}.timeindex`,
    ]);
  });

  test('when an offset is too far from its first, without any wrap-around', async () => {
    const log = await open();
    add(log);
    const far = sampleBatch({ baseOffset: 2 ** 31 });
    log.append(far, 0);
    expect(await readAll(log)).toEqual([0, 2 ** 31]);
    await sim.complete(log.close());
    expect(await readAll(await open())).toEqual([0, 2 ** 31]);
  });
});

describe('retention', () => {
  const settings = { ...defaultLogConfig, segmentBytes: 200, fileDeleteDelayMs: 50 };

  test('gives up what is too old, the active segment too, and removes its files later', async () => {
    const log = await open({ config: { ...settings, retentionMs: 1000 } });
    for (const timestamp of [0, 500, 900]) add(log, { timestamps: [timestamp], valueBytes: 150 });
    await sim.complete(log.synced());
    log.applyRetention({ nowMs: 1600, upTo: 3 });
    await sim.complete(log.written());
    expect(log.startOffset).toBe(2);
    expect((await names()).filter((name) => name.endsWith('.log.deleted'))).toHaveLength(2);
    log.applyRetention({ nowMs: 2000, upTo: 3 });
    await sim.complete(log.written());
    expect([log.startOffset, log.endOffset]).toEqual([3, 3]);
    expect((await names()).filter((name) => name.endsWith('.log'))).toEqual(['00000000000000000003.log']);
    log.applyRetention({ nowMs: 2100, upTo: 3 });
    await sim.complete(log.written());
    expect((await names()).filter((name) => name.endsWith('.deleted'))).toEqual([]);
    expect((await open({ wasCleanShutdown: false, directory })).endOffset).toBe(3);
  });

  test('gives up what is too much', async () => {
    const log = await open({ config: { ...settings, retentionMs: -1, retentionBytes: 500 } });
    for (let batch = 0; batch < 6; batch += 1) add(log, { valueBytes: 130 });
    log.applyRetention({ nowMs: 1e9, upTo: 6 });
    expect(log.startOffset).toBe(3);
    expect(log.sizeBytes).toBeGreaterThanOrEqual(500);
  });

  test('keeps what is not committed, and what the topic compacts', async () => {
    const log = await open({ config: { ...settings, retentionMs: 0 } });
    for (let batch = 0; batch < 3; batch += 1) add(log, { valueBytes: 150 });
    log.applyRetention({ nowMs: 1e9, upTo: 1 });
    expect(log.startOffset).toBe(1);
    log.config = { ...log.config, cleanupPolicy: ['compact'] };
    log.applyRetention({ nowMs: 1e9, upTo: 3 });
    expect(log.startOffset).toBe(1);
  });

  test('frees the memory of a log without files', () => {
    const log = Log.inMemory({ topicId, config: { ...settings, retentionMs: 0 }, nowMs: 0 });
    for (let batch = 0; batch < 3; batch += 1) add(log, { valueBytes: 150 });
    log.applyRetention({ nowMs: 1e9, upTo: 3 });
    expect([log.startOffset, log.endOffset, log.sizeBytes]).toEqual([3, 3, 0]);
    add(log);
    expect(log.read({ offset: 3, bytesMax: 1, upTo: 4 })).toHaveLength(1);
  });
});

describe('recovery', () => {
  /** Writes three segments of one batch each, and ends the process. */
  async function threeSegments(): Promise<number> {
    let batchBytes = 0;
    const log = await open({ config: { ...defaultLogConfig, segmentBytes: 200 } });
    for (let baseSequence = 0; baseSequence < 3; baseSequence += 1) {
      batchBytes = add(log, { valueBytes: 150, producerId: 5, producerEpoch: 0, baseSequence }).length;
    }
    await sim.complete(log.written());
    platform.crash();
    platform = sim.platform();
    return batchBytes;
  }

  async function overwrite(name: string, position: number, bytes: Buffer): Promise<void> {
    const file = await sim.complete(platform.disk.open(`${directory}/${name}`));
    await sim.complete(file.write([bytes], position));
    await sim.complete(file.close());
  }

  test('cuts the log off at the first bad batch and tells what was lost', async () => {
    const batchBytes = await threeSegments();
    await overwrite('00000000000000000001.log', 100, Buffer.from('rubbish'));
    const log = await open({ wasCleanShutdown: false });
    expect([log.endOffset, log.loss]).toEqual([1, { truncatedBytes: batchBytes, droppedSegments: 1 }]);
    expect(log.producers.get(5)!.batches.at(-1)!.lastSequence).toBe(0);
    expect((await names()).filter((name) => name.endsWith('.log'))).toEqual([
      '00000000000000000000.log',
      '00000000000000000001.log',
    ]);
  });

  test('drops a segment whose predecessor has lost its end', async () => {
    await threeSegments();
    const file = await sim.complete(platform.disk.open(`${directory}/00000000000000000001.log`));
    await sim.complete(file.truncate(0));
    expect((await open({ wasCleanShutdown: false })).endOffset).toBe(1);
  });

  test('reads nothing again after a clean shutdown, not even a wrong index', async () => {
    await threeSegments();
    const log = await open({ wasCleanShutdown: false });
    await sim.complete(log.close());
    await overwrite('00000000000000000001.log', 100, Buffer.from('rubbish'));
    expect((await open()).endOffset).toBe(3);
  });

  test('keeps what it has found, also when a sync had failed and the power goes later', async () => {
    await sim.complete(platform.disk.syncDirectory('/'));
    let log = await open({ config: { ...defaultLogConfig, segmentBytes: 200 } });
    add(log, { valueBytes: 150 });
    await sim.complete(log.synced());
    for (let batch = 0; batch < 3; batch += 1) add(log, { valueBytes: 150 });
    await sim.complete(log.written());
    platform.disk.failNext('sync');
    await expect(sim.complete(log.synced())).rejects.toMatchObject({ code: 'NAGARE_BROKER_LOG_FAILED' });
    for (const ending of ['crash', 'powerLoss'] as const) {
      platform[ending]();
      platform = sim.platform();
      log = await open({ wasCleanShutdown: false, recoveryPoint: 1 });
      expect(await readAll(log)).toEqual([0, 1, 2, 3]);
    }
  });

  test('writes nothing again that is below the recovery point, or that a clean shutdown has left', async () => {
    const log = await open();
    const [first, second] = [add(log), add(log)];
    await sim.complete(log.close());
    const written = async (options: Partial<LogOnDiskOptions>) => {
      const counts = counting(platform.disk);
      await sim.complete((await open({ disk: counts.disk, ...options })).abandon());
      return counts.writtenBytes;
    };
    expect(await written({})).toBe(0);
    expect(await written({ wasCleanShutdown: false, recoveryPoint: 2 })).toBe(0);
    expect(await written({ wasCleanShutdown: false, recoveryPoint: 1 })).toBe(second.length);
    expect(await written({ wasCleanShutdown: false })).toBe(first.length + second.length);
  });

  test('makes a lost index again, also of a segment that needs no check', async () => {
    await threeSegments();
    await sim.complete((await open({ wasCleanShutdown: false })).close());
    await sim.complete(platform.disk.remove(`${directory}/00000000000000000000.index`));
    await sim.complete(platform.disk.remove(`${directory}/00000000000000000002.timeindex`));
    const log = await open();
    expect(await readAll(log)).toEqual([0, 1, 2]);
    expect(await names()).toContain('00000000000000000000.index');
  });

  test('removes what was on its way out, and finishes swaps', async () => {
    await threeSegments();
    for (const name of [
      '00000000000000000009.log.deleted',
      '00000000000000000000.log.cleaned',
      '00000000000000000007.index',
    ]) {
      await sim.complete((await sim.complete(platform.disk.open(`${directory}/${name}`, { create: true }))).close());
    }
    await sim.complete(platform.disk.rename(`${directory}/00000000000000000002.log`, `${directory}/x.tmp`));
    expect((await open({ wasCleanShutdown: false })).endOffset).toBe(2);
    expect((await names()).filter((name) => !/^\d{20}\.(log|index|timeindex|snapshot)$/.test(name))).toEqual([
      'leader-epoch-checkpoint',
      'partition.metadata',
    ]);
  });

  test('refuses the folder of another topic', async () => {
    await threeSegments();
    await expect(open({ topicId: 'AAAAAAAAAAAAAAAAAAAAAg' })).rejects.toMatchObject({
      code: 'NAGARE_BROKER_LOG_CORRUPT',
    });
  });

  test('keeps producers over a restart, so that a retry is known', async () => {
    const log = await open();
    add(log, { producerId: 5, producerEpoch: 1, baseSequence: 0, timestamps: [1, 2] });
    await sim.complete(log.close());
    const again = await open();
    expect(again.producers.get(5)).toEqual(log.producers.get(5));
    expect(again.epochs.entries()).toEqual([{ epoch: 0, startOffset: 0 }]);
  });
});

describe('a search by time', () => {
  test('finds the record within a compressed batch, and the newest of all', async () => {
    const log = await open();
    add(log, { timestamps: [10, 50, 30], compression: 'gzip' });
    add(log, { timestamps: [20, 40], leaderEpoch: 2 });
    const find = (timestampMs: number, upTo = 5) => sim.complete(log.offsetForTime(timestampMs, upTo));
    expect(await find(5)).toEqual({ offset: 0, timestampMs: 10, leaderEpoch: 0 });
    expect(await find(31)).toEqual({ offset: 1, timestampMs: 50, leaderEpoch: 0 });
    expect(await find(51)).toBeUndefined();
    expect(await find(5, 0)).toBeUndefined();
    expect(await sim.complete(log.maxTimestampOffset(5))).toEqual({ offset: 1, timestampMs: 50, leaderEpoch: 0 });
    expect(await sim.complete((await open({ directory: '/data/orders-2' })).maxTimestampOffset(0))).toBeUndefined();
  });

  test('takes the append time of a batch for all its records', async () => {
    const log = await open();
    add(log, { timestamps: [10, 50, 30], logAppendTimeMs: 70 });
    expect(await sim.complete(log.offsetForTime(60, 3))).toEqual({ offset: 0, timestampMs: 70, leaderEpoch: 0 });
  });
});

test('several batches in one buffer are one append', async () => {
  const log = await open({ config: { ...defaultLogConfig, indexIntervalBytes: 0 } });
  log.append(Buffer.concat([0, 1, 2].map((baseOffset) => sampleBatch({ baseOffset }))), 0);
  expect(await readAll(log)).toEqual([0, 1, 2]);
  expect(() => log.append(sampleBatch({ baseOffset: 1 }), 0)).toThrow('cannot follow');
});
