import { describe, expect, test } from 'vitest';
import { Accumulator, type Destinations } from './accumulator.ts';

const options = {
  lingerMs: 5,
  batchBytesMax: 200,
  requestBytesMax: 500,
  bufferBytesMax: 2_000,
  deliveryTimeoutMs: 1_000,
  compression: 'none' as const,
};

const anywhere: Destinations = { mayProduce: () => true, leaderOf: () => 1, slotsOf: () => 5 };

/** Puts records of 50 bytes in. */
function put(accumulator: Accumulator, partition: number, nowMs: number, count = 1): void {
  const record = { timestamp: nowMs, key: null, value: Buffer.alloc(50) };
  for (let left = count; left > 0; left--) {
    if (accumulator.append('t', partition, record, undefined)) continue;
    accumulator.begin('t', partition, record, nowMs, undefined);
  }
}

const placesOf = (accumulator: Accumulator, nowMs: number, to = anywhere) =>
  accumulator.plan(nowMs, to).requests.map(({ batches }) => batches.map(({ batch }) => [batch.partition, batch.count]));

describe('an accumulator', () => {
  test('waits for the linger time, and says until when', () => {
    const accumulator = new Accumulator(options, undefined);
    put(accumulator, 0, 100);
    expect(accumulator.plan(100, anywhere)).toMatchObject({ requests: [], wakeAtMs: 105 });
    expect(placesOf(accumulator, 105)).toEqual([[[0, 1]]]);
  });

  test('sends full batches at once, and the open one behind them when its time has come', () => {
    const accumulator = new Accumulator(options, undefined);
    put(accumulator, 0, 100, 5);
    expect(placesOf(accumulator, 100)).toEqual([[[0, 2]], [[0, 2]]]);
    expect(placesOf(accumulator, 105)).toEqual([[[0, 1]]]);
  });

  test('puts batches of different partitions into one request as long as it has room', () => {
    const accumulator = new Accumulator(options, undefined);
    for (const partition of [0, 1, 2, 3]) put(accumulator, partition, 100, 2);
    expect(placesOf(accumulator, 105)).toEqual([
      [
        [0, 2],
        [1, 2],
      ],
      [
        [2, 2],
        [3, 2],
      ],
    ]);
  });

  test('keeps to the number of requests that a broker may be sent', () => {
    const accumulator = new Accumulator(options, undefined);
    put(accumulator, 0, 100, 8);
    expect(placesOf(accumulator, 200, { ...anywhere, slotsOf: () => 2 })).toHaveLength(2);
    expect(placesOf(accumulator, 200, { ...anywhere, slotsOf: () => 0 })).toEqual([]);
  });

  test('says that it lacks a leader', () => {
    const accumulator = new Accumulator(options, undefined);
    put(accumulator, 0, 100);
    const plan = accumulator.plan(105, { ...anywhere, leaderOf: () => undefined });
    expect(plan).toMatchObject({ requests: [], lacksLeader: true });
  });

  test('does not linger while somebody is in a hurry', () => {
    const accumulator = new Accumulator(options, undefined);
    put(accumulator, 0, 100);
    accumulator.hurry();
    expect(placesOf(accumulator, 100)).toEqual([[[0, 1]]]);
    accumulator.relax();
    put(accumulator, 1, 100);
    expect(placesOf(accumulator, 100)).toEqual([]);
  });

  test('counts the bytes of records until they end', () => {
    const accumulator = new Accumulator(options, undefined);
    put(accumulator, 0, 100, 2);
    const buffered = accumulator.bufferedBytes;
    expect(buffered).toBeGreaterThan(100);
    expect(accumulator.hasRoom(2_000 - buffered)).toBe(true);
    expect(accumulator.hasRoom(2_001 - buffered)).toBe(false);
    const sent = accumulator.plan(200, anywhere).requests[0]?.batches[0]?.batch;
    expect(accumulator.bufferedBytes).toBe(buffered);
    expect(sent && accumulator.answer(sent, 'NONE', 0)).toBe('done');
    expect([accumulator.bufferedBytes, accumulator.isEmpty]).toEqual([0, true]);
    // A record larger than the whole buffer comes in alone.
    expect(accumulator.hasRoom(5_000)).toBe(true);
  });

  test('takes out what has waited longer than the delivery timeout', () => {
    const accumulator = new Accumulator(options, undefined);
    put(accumulator, 0, 100);
    const plan = accumulator.plan(1_100, { ...anywhere, slotsOf: () => 0 });
    expect(plan.expired).toHaveLength(1);
    expect([accumulator.bufferedBytes, accumulator.isEmpty]).toEqual([0, true]);
  });
});
