import { type Disk, DiskError, type DiskFile } from '@nagare/base';
import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import {
  encodeBatch,
  encodeEndTxnMarker,
  isControl,
  isTransactional,
  lastOffset,
  producerId,
  RecordReader,
  readEndTxnMarker,
  setBaseOffset,
  setPartitionLeaderEpoch,
  splitBatches,
} from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { Log } from './log.ts';
import { defaultLogConfig, type LogConfig } from './log-config.ts';

const startMs = Date.UTC(2025, 0, 1);
const directory = '/data/orders-0';
const topicId = 'dGVzdC10b3BpYy1pZC0xMg';
const transactional = 7;

const never = Number.POSITIVE_INFINITY;

/** How a life of the process ends, after a number of changes to the disk. */
interface Ending {
  /** After an error the process lives on, and gives up what has failed. */
  readonly how: 'crash' | 'power-loss' | 'error';
  readonly afterSteps: number;
}

/** Ends the life of a platform when its disk has been asked for so many changes; the last one may be half done. */
function endingDisk(platform: SimPlatform, { how, afterSteps }: Ending): { disk: Disk; steps: () => number } {
  let steps = 0;
  const counting = <Arguments extends unknown[], Value>(act: (...args: Arguments) => Promise<Value>) => {
    return (...args: Arguments): Promise<Value> => {
      steps += 1;
      if (steps === afterSteps && how === 'error') return Promise.reject(new DiskError('EIO', '', 'planned'));
      const running = act(...args);
      if (steps === afterSteps && how === 'crash') platform.crash();
      if (steps === afterSteps && how === 'power-loss') platform.powerLoss();
      return running;
    };
  };
  const file = (of: DiskFile): DiskFile => ({
    path: of.path,
    read: (position, length) => of.read(position, length),
    size: () => of.size(),
    close: () => of.close(),
    write: counting((chunks: readonly Buffer[], position: number) => of.write(chunks, position)),
    sync: counting(() => of.sync()),
    truncate: counting((length: number) => of.truncate(length)),
  });
  const { disk } = platform;
  const counted: Disk = {
    open: async (path, options) => file(await counting(() => disk.open(path, options))()),
    readFile: (path) => disk.readFile(path),
    list: (path) => disk.list(path),
    stat: (path) => disk.stat(path),
    lock: (path) => disk.lock(path),
    makeDirectory: counting((path: string) => disk.makeDirectory(path)),
    rename: counting((from: string, to: string) => disk.rename(from, to)),
    remove: counting((path: string) => disk.remove(path)),
    removeDirectory: counting((path: string) => disk.removeDirectory(path)),
    syncDirectory: counting((path: string) => disk.syncDirectory(path)),
  };
  return { disk: counted, steps: () => steps };
}

/** A compacted log whose process dies, and what of it must be there afterwards. */
class Story {
  readonly #sim: ReturnType<typeof createSimulation>;
  readonly #config: LogConfig = {
    ...{ ...defaultLogConfig, cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0, indexIntervalBytes: 100 },
    ...{ segmentBytes: 1200, deleteRetentionMs: 0, fileDeleteDelayMs: 0 },
  };
  #platform: SimPlatform | undefined;
  #log: Log | undefined;
  #ending: Ending = { how: 'crash', afterSteps: never };
  #hasFailed = false;
  #steps = () => 0;
  /** Everything that was appended. */
  readonly #batches: Buffer[] = [];
  #syncedOffset = 0;
  #nowMs = startMs;
  #sequence = 0;

  constructor(seed: number) {
    this.#sim = createSimulation({ seed });
  }

  get steps(): number {
    return this.#steps();
  }

  get isAlive(): boolean {
    return this.#platform?.isAlive === true && !this.#hasFailed;
  }

  /** Waits as long as the process lives. */
  async #wait(promise: Promise<unknown>): Promise<void> {
    let isDone = false;
    const settle = () => {
      isDone = true;
    };
    promise.then(settle, settle);
    await this.#sim.runUntil(() => isDone || !this.isAlive);
    if (!isDone) return;
    await promise.catch((error) => {
      if (this.#ending.how !== 'error') throw error;
      this.#hasFailed = true;
    });
  }

  async open(ending: Ending): Promise<void> {
    this.#platform?.[ending.how === 'power-loss' ? 'powerLoss' : 'crash']();
    this.#ending = ending;
    this.#hasFailed = false;
    this.#platform = this.#sim.platform();
    this.#log = undefined;
    const { disk, steps } = endingDisk(this.#platform, ending);
    this.#steps = steps;
    const options = { topicId, config: this.#config, nowMs: startMs, disk, directory, tailBytesMax: 0 };
    const opening = async () => {
      await disk.makeDirectory('/data');
      await disk.syncDirectory('/');
      this.#log = await Log.open({ ...options, wasCleanShutdown: false });
    };
    await this.#wait(opening());
    if (this.#log === undefined) return;
    const { endOffset } = this.#log as Log;
    expect(endOffset).toBeGreaterThanOrEqual(this.#syncedOffset);
    while (this.#batches.length > 0 && lastOffset(this.#batches.at(-1)!) >= endOffset) this.#batches.pop();
    expect(endOffset).toBe(this.#batches.length === 0 ? 0 : lastOffset(this.#batches.at(-1)!) + 1);
    this.#sequence = this.#batches.filter((batch) => producerId(batch) === transactional && !isControl(batch)).length;
    this.#syncedOffset = endOffset;
  }

  #append(batch: Buffer): void {
    setBaseOffset(batch, this.#log!.endOffset);
    setPartitionLeaderEpoch(batch, 0);
    this.#batches.push(Buffer.from(batch));
    this.#log!.append(batch, this.#nowMs);
  }

  #put(key: string, value: string | null): void {
    const record = { timestamp: this.#nowMs, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) };
    this.#append(encodeBatch({}, [record, { ...record, value: Buffer.from(`${value}!`.padEnd(80)) }]));
  }

  #putInTransaction(key: string, value: string, end: 'commit' | 'abort'): void {
    const producer = {
      producerId: transactional,
      producerEpoch: 0,
      isTransactional: true,
      baseSequence: this.#sequence,
    };
    this.#append(encodeBatch(producer, [{ timestamp: this.#nowMs, key: Buffer.from(key), value: Buffer.from(value) }]));
    this.#sequence += 1;
    const marker = { producerId: transactional, producerEpoch: 0, coordinatorEpoch: 0, timestamp: this.#nowMs };
    this.#append(encodeEndTxnMarker({ ...marker, type: end }));
  }

  /** Some days in the life of a log, up to the death of its process. */
  async live(): Promise<void> {
    for (let day = 0; day < 2 && this.isAlive; day += 1) {
      this.#nowMs += 1000;
      for (const key of ['a', 'b', `day ${day}`]) this.#put(key, `${day}`);
      this.#putInTransaction('c', `${day}`, 'commit');
      this.#putInTransaction('a', 'never', 'abort');
      this.#append(encodeBatch({}, [{ timestamp: this.#nowMs, key: Buffer.from(`day ${day - 1}`), value: null }]));
      this.#log!.roll(this.#nowMs);
      await this.#sync();
      await this.#compact();
      if (!this.isAlive) return;
      this.#log!.applyRetention({ nowMs: this.#nowMs, upTo: this.#syncedOffset });
      await this.#sync();
    }
  }

  async #sync(): Promise<void> {
    const { endOffset } = this.#log!;
    await this.#wait(this.#log!.synced());
    if (this.isAlive) this.#syncedOffset = endOffset;
  }

  async #compact(): Promise<void> {
    if (!this.isAlive) return;
    const { compaction, endOffset } = this.#log!;
    const range = compaction.cleanable({ lastStableOffset: endOffset, nowMs: this.#nowMs });
    const options = { nowMs: this.#nowMs, keyBytesMax: 100_000, pause: async () => {}, isStopped: () => !this.isAlive };
    if (range !== undefined) await this.#wait(compaction.run(range, options));
  }

  /** Whoever folds the log by key gets what he would have got from all of it. */
  async check(): Promise<void> {
    const log = this.#log!;
    const read: Buffer[] = [];
    for (let offset = 0; offset < log.endOffset; ) {
      const reading = Promise.resolve(log.read({ offset, bytesMax: 1000, upTo: log.endOffset }));
      const batches = (await this.#sim.complete(reading)).flatMap(splitBatches);
      expect(lastOffset(batches[0]!)).toBeGreaterThanOrEqual(offset);
      read.push(...batches);
      offset = lastOffset(batches.at(-1)!) + 1;
    }
    const search = { fromOffset: 0, toOffset: log.endOffset };
    const aborted = await this.#sim.complete(Promise.resolve(log.abortedTransactions(search)));
    expect(fold(read, aborted)).toEqual(fold(this.#batches, abortedIn(this.#batches)));
    log.producers.settle(log.endOffset);
    expect(log.producers.firstUnstableOffset).toBe(openTransactionIn(this.#batches));
    if (this.#sequence > 0) {
      expect(log.producers.get(transactional)?.batches.at(-1)?.lastSequence).toBe(this.#sequence - 1);
    }
    if (this.#batches.length === 0) return;
    const names = await this.#sim.complete(this.#platform!.disk.list(directory));
    expect(names.filter((name) => /cleaned|swap/.test(name))).toEqual([]);
  }
}

interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** The last value of each key, as a reader of committed records sees it. */
function fold(batches: readonly Buffer[], aborted: readonly Aborted[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const batch of batches) {
    const end = lastOffset(batch);
    const isIn = (txn: Aborted) =>
      txn.producerId === producerId(batch) && txn.firstOffset <= end && end < txn.lastOffset;
    if (isControl(batch) || (isTransactional(batch) && aborted.some(isIn))) continue;
    const reader = new RecordReader(batch);
    while (reader.next()) {
      const key = String(reader.key());
      if (reader.valueLength < 0) values.delete(key);
      else values.set(key, `${reader.offset} ${reader.value()}`);
    }
  }
  return values;
}

function abortedIn(batches: readonly Buffer[]): Aborted[] {
  return batches.flatMap((batch, index) => {
    const marker = isControl(batch) ? readEndTxnMarker(batch) : undefined;
    if (marker?.type !== 'abort') return [];
    return [{ producerId: transactional, firstOffset: lastOffset(batches[index - 1]!), lastOffset: lastOffset(batch) }];
  });
}

function openTransactionIn(batches: readonly Buffer[]): number | undefined {
  const last = batches.at(-1);
  return last !== undefined && isTransactional(last) && !isControl(last) ? lastOffset(last) : undefined;
}

describe.each(['crash', 'power-loss', 'error'] as const)('a compacted log survives a(n) %s', (how) => {
  test('at every step of its life, and at any step of the recovery', { timeout: 120_000 }, async () => {
    const whole = new Story(1);
    await whole.open({ how, afterSteps: never });
    await whole.live();
    await whole.check();
    expect(whole.steps).toBeGreaterThan(100);
    for (let step = 1; step <= whole.steps; step += 1) {
      const story = new Story(step);
      await story.open({ how, afterSteps: step });
      if (story.isAlive) await story.live();
      await story.open({ how, afterSteps: 1 + (step % 9) });
      if (story.isAlive) await story.check();
      await story.open({ how, afterSteps: never });
      await story.check();
      // That what was recovered goes on to work is seen at some of the steps: a life is long.
      if (step % 4 !== 0) continue;
      await story.live();
      await story.check();
    }
  });
});
