import { encodeBatch, readRecords, setBaseOffset, splitBatches } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { Log } from './log.ts';
import { defaultLogConfig, type LogConfig } from './log-config.ts';

function openLog(config: Partial<LogConfig> = {}): Log {
  return Log.inMemory({ topicId: 'dGVzdC10b3BpYy1pZC0xMg', config: { ...defaultLogConfig, ...config }, nowMs: 0 });
}

function add(log: Log, timestamps: readonly number[], valueBytes: number): void {
  const value = Buffer.alloc(valueBytes, 'x');
  const batch = encodeBatch(
    { compression: 'gzip' },
    timestamps.map((timestamp) => ({ timestamp, key: Buffer.from('k'), value })),
  );
  setBaseOffset(batch, log.endOffset);
  log.append(batch, 0);
}

/** Two records of it inflate to more than 16 MiB. */
const large = 9 * 1024 * 1024;

describe('a batch that inflates to more than others should wait for', () => {
  test('is found by time as a whole', async () => {
    const log = openLog();
    add(log, [10], 1);
    add(log, [20, 30], large);
    expect(await log.offsetForTime(15, 3)).toEqual({ offset: 1, timestampMs: 15, leaderEpoch: -1 });
    expect(await log.offsetForTime(25, 3)).toMatchObject({ offset: 1 });
    expect(await log.offsetForTime(31, 3)).toBeUndefined();
  });

  test('is read where the topic takes messages that large', async () => {
    const log = openLog({ maxMessageBytes: 3 * large });
    add(log, [10, 20], large);
    expect(await log.offsetForTime(15, 2)).toMatchObject({ offset: 1, timestampMs: 20 });
  });

  test('stays as it is in compaction, and older records of its keys with it', async () => {
    const log = openLog({ cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0 });
    add(log, [10], 1);
    add(log, [20, 30], large);
    add(log, [40], 1);
    add(log, [50], 2);
    log.roll(0);
    const range = log.compaction.cleanable({ lastStableOffset: log.endOffset, nowMs: 100 })!;
    const options = { nowMs: 100, keyBytesMax: 1_000_000, pause: () => Promise.resolve(), isStopped: () => false };
    await log.compaction.run(range, options);
    const chunks = await log.read({ offset: 0, bytesMax: 1_000_000, upTo: log.endOffset });
    const offsets = chunks.flatMap(splitBatches).flatMap((batch) => readRecords(batch).map(({ offset }) => offset));
    expect(offsets).toEqual([1, 2, 4]);
  });
});
