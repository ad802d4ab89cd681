import { describe, expect, test } from 'vitest';
import { FetchPurgatory } from './fetch-purgatory.ts';
import { FetchRead } from './fetch-read.ts';
import type { FetchTarget } from './fetch-target.ts';
import type { PartitionHost } from './partition-host.ts';
import { WaitingFetch } from './waiting-fetch.ts';

/** A partition of which every read waits until the test lets it go on. */
class SlowPartition {
  readonly topic = 'orders';
  readonly index = 0;
  readonly fault = undefined;
  readonly reads: (() => void)[] = [];
  #end: number;

  constructor(end: number) {
    this.#end = end;
  }

  /** Records of one byte each. */
  append(count: number): void {
    this.#end += count;
  }

  get partition() {
    return {
      ...{ highWatermark: this.#end, lastStableOffset: this.#end },
      checkLeaderEpoch: () => 'NONE',
      abortedTransactions: () => [],
    };
  }

  get log() {
    const read = ({ offset, upTo }: { offset: number; upTo: number }) =>
      new Promise<Buffer[]>((resolve) => {
        this.reads.push(() => resolve([Buffer.alloc(upTo - offset)]));
      });
    return { startOffset: 0, endOffset: this.#end, read };
  }
}

function fetchOf(slow: SlowPartition, bytesMin: number) {
  const soon: (() => void)[] = [];
  let timeIsUp = () => {};
  const purgatory = new FetchPurgatory({
    soon: (act: () => void) => {
      soon.push(act);
    },
    after: (_: number, act: () => void) => {
      timeIsUp = act;
      return { cancel: () => {} };
    },
  } as never);
  const asked = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, partitionMaxBytes: 100 };
  const target = { asked, partition: slow as unknown as PartitionHost, missing: 'NONE' } as unknown as FetchTarget;
  const read = new FetchRead([target], {
    bytesMax: 100,
    isReadCommitted: false,
    isReplica: false,
    leaderId: undefined,
    report: () => {},
  });
  const answered: number[] = [];
  const begin = () =>
    WaitingFetch.begin({
      ...{ read, bytesMin, purgatory, waitMs: 1_000 },
      answer: () => answered.push(read.bytes),
      fail: (error) => expect.unreachable(String(error)),
    });
  const settle = async () => {
    for (const act of soon.splice(0)) act();
    await new Promise(setImmediate);
  };
  return { read, begin, answered, purgatory, settle, expire: () => timeIsUp() };
}

describe('a fetch that waits', () => {
  test('is woken by what came while its first read waited for a disk', async () => {
    const slow = new SlowPartition(1);
    const { read, begin, answered, settle, purgatory } = fetchOf(slow, 3);
    const first = read.run();
    slow.append(2);
    purgatory.wake(slow);
    slow.reads[0]?.();
    await first;
    begin();
    await settle();
    expect(slow.reads).toHaveLength(2);
    slow.reads[1]?.();
    await settle();
    expect(answered).toEqual([3]);
    expect(purgatory.size).toBe(0);
  });

  test('goes on waiting when a later read gave too little, and misses nothing that came meanwhile', async () => {
    const slow = new SlowPartition(1);
    const { read, begin, answered, settle, purgatory } = fetchOf(slow, 3);
    const first = read.run();
    slow.reads[0]?.();
    await first;
    begin();
    await settle();
    expect(slow.reads).toHaveLength(1);
    slow.append(1);
    purgatory.wake(slow);
    await settle();
    slow.append(1);
    purgatory.wake(slow);
    await settle();
    slow.reads[1]?.();
    await settle();
    expect(answered).toEqual([]);
    await settle();
    slow.reads[2]?.();
    await settle();
    expect(answered).toEqual([3]);
  });

  test('answers once with what there is when its time is up during a read', async () => {
    const slow = new SlowPartition(1);
    const { read, begin, answered, settle, purgatory, expire } = fetchOf(slow, 3);
    const first = read.run();
    slow.reads[0]?.();
    await first;
    begin();
    slow.append(1);
    purgatory.wake(slow);
    await settle();
    expire();
    expect(answered).toEqual([]);
    slow.reads[1]?.();
    await settle();
    expect(answered).toEqual([2]);
  });
});
