import { CodedError, silentLog } from '@nagare/base';
import { createSimulation } from '@nagare/base/sim';
import { type ErrorName, ProtocolError } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import type { ShardCore, ShardStep, StoredPair, Turn } from '../core/shard.ts';
import { MemoryRecordLog } from '../testing/memory-record-log.ts';
import { type RecordFormat, ShardHost } from './shard-host.ts';

type Sum = number | ErrorName;

/** Adds numbers up; each is a record. `later` waits for the next wake-up. */
class Adder implements ShardCore<number> {
  sum = 0;
  woken = 0;
  readonly #later: number[] = [];

  add(amount: number, { ticket }: Turn): ShardStep<number, Sum> {
    return {
      records: [amount],
      answers: [{ ticket, response: this.sum + amount }],
      wakeAtMs: Number.POSITIVE_INFINITY,
    };
  }

  read({ ticket }: Turn): ShardStep<number, Sum> {
    return { records: [], answers: [{ ticket, response: this.sum }], wakeAtMs: Number.POSITIVE_INFINITY };
  }

  later({ ticket, nowMs }: Turn): ShardStep<number, Sum> {
    this.#later.push(ticket);
    return { records: [], answers: [], wakeAtMs: nowMs + 1_000 };
  }

  loaded(): ShardStep<number, undefined> {
    return { records: [], answers: [], wakeAtMs: Number.POSITIVE_INFINITY };
  }

  wake(): ShardStep<number, undefined> {
    this.woken += 1;
    const answers = this.#later.splice(0).map((ticket) => ({ ticket, response: this.sum }));
    return { records: [], answers, wakeAtMs: Number.POSITIVE_INFINITY };
  }

  replay(amount: number): void {
    this.sum += amount;
  }
}

const format: RecordFormat<number> = {
  encode: (amounts) => amounts.map((amount) => ({ key: null, value: Buffer.from(String(amount)) })),
  decode: ({ value }: StoredPair) => {
    const text = String(value);
    if (text === 'broken') throw new ProtocolError('malformed', 'Not a number');
    return text === 'other' ? undefined : Number(text);
  },
  ended: ({ isCommit }) => (isCommit ? 1_000 : -1_000),
};

const marker = { producerId: 7, producerEpoch: 1, coordinatorEpoch: 0, isCommit: true, transactionVersion: 2 };

class DiskGone extends CodedError {
  readonly code = 'DISK_GONE';
}

function openAdder(log = new MemoryRecordLog()) {
  const simulation = createSimulation({ seed: 1 });
  const { clock, timers } = simulation.platform();
  const cores: Adder[] = [];
  const createCore = () => {
    const core = new Adder();
    cores.push(core);
    return core;
  };
  const shard = new ShardHost({ name: 'test', log, format, createCore, clock, timers, report: silentLog });
  const refuse = (error: ErrorName): Sum => error;
  const add = (amount: number) => shard.submit<Sum>((core, turn) => core.add(amount, turn), refuse);
  const read = () => shard.submit<Sum>((core, turn) => core.read(turn), refuse);
  const later = () => shard.submit<Sum>((core, turn) => core.later(turn), refuse);
  return { simulation, shard, log, cores, add, read, later };
}

/** What the promises have come to by now; undefined for those that wait. */
async function seen(...promises: Promise<Sum>[]): Promise<(Sum | undefined)[]> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return Promise.all(promises.map((promise) => Promise.race([promise, Promise.resolve(undefined)])));
}

describe('a shard', () => {
  test('is read from its log, and says so until it has been', async () => {
    const log = new MemoryRecordLog();
    log.batches.push(format.encode([1, 2]), [{ key: null, value: Buffer.from('other') }]);
    log.batches.push([{ key: null, value: Buffer.from('broken') }], format.encode([4]));
    const { shard, read } = openAdder(log);
    expect(await read()).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    await shard.loaded;
    expect(await read()).toBe(7);
  });

  test('answers when the records of the step are committed, all of them in one batch', async () => {
    const { shard, log, add } = openAdder();
    await shard.loaded;
    log.isManual = true;
    const first = add(1);
    const second = add(2);
    expect(await seen(first, second)).toEqual([undefined, undefined]);
    log.commit();
    expect(await seen(first, second)).toEqual([1, undefined]);
    log.commit();
    expect(await seen(first, second)).toEqual([1, 3]);
    expect(log.batches).toHaveLength(2);
  });

  test('never tells of what is not committed, and writes nothing to read', async () => {
    const { shard, log, add, read } = openAdder();
    await shard.loaded;
    expect(await seen(read())).toEqual([0]);
    log.isManual = true;
    const change = add(1);
    const look = read();
    expect(await seen(change, look)).toEqual([undefined, undefined]);
    log.commit();
    expect(await seen(change, look)).toEqual([1, 1]);
    expect(log.pendingCount).toBe(0);
  });

  test('is woken when its core asked for it', async () => {
    const { simulation, shard, cores, later } = openAdder();
    await shard.loaded;
    const waiting = later();
    await simulation.advance(999);
    expect(await seen(waiting)).toEqual([undefined]);
    await simulation.advance(1);
    expect(await seen(waiting)).toEqual([0]);
    expect(cores.at(-1)?.woken).toBe(1);
  });

  test('that is closed refuses who waits and who comes, and is not woken', async () => {
    const { simulation, shard, cores, later, read } = openAdder();
    await shard.loaded;
    const waiting = later();
    shard.close();
    expect(await seen(waiting, read())).toEqual(['NOT_COORDINATOR', 'NOT_COORDINATOR']);
    await simulation.advance(5_000);
    expect(cores.at(-1)?.woken).toBe(0);
  });
});

describe('the end of a transaction', () => {
  test('is told to the core at its place in the log, and answered when it is committed', async () => {
    const { shard, log, add, read } = openAdder();
    await shard.loaded;
    log.isManual = true;
    const before = add(1);
    const ended = shard.writeMarker(marker);
    const after = add(2);
    log.commit();
    expect(await seen(before, ended as Promise<Sum>, after)).toEqual([1, undefined, undefined]);
    log.commit();
    expect(await seen(ended as Promise<Sum>, after)).toEqual(['NONE', undefined]);
    log.commit();
    expect(await seen(after, read())).toEqual([1_003, 1_003]);
    const again = openAdder(log);
    await again.shard.loaded;
    expect(await seen(again.read())).toEqual([1_003]);
  });

  test('that the log refuses is not told to the core', async () => {
    const { shard, log, read } = openAdder();
    await shard.loaded;
    log.markerError = 'TRANSACTION_COORDINATOR_FENCED';
    expect(await shard.writeMarker(marker)).toBe('TRANSACTION_COORDINATOR_FENCED');
    expect(await read()).toBe(0);
  });

  test('has to wait for a shard that loads, and is told when it fails', async () => {
    const { shard, log } = openAdder();
    expect(await shard.writeMarker(marker)).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    await shard.loaded;
    log.isManual = true;
    const ended = shard.writeMarker(marker);
    log.fail(new DiskGone('gone'));
    expect(await ended).toBe('NOT_COORDINATOR');
  });

  test('fences records of an older epoch of its producer', async () => {
    const { shard } = openAdder();
    await shard.loaded;
    const add = (epoch: number) =>
      shard.submit<Sum>(
        (core, turn) => core.add(1, turn),
        (error) => error,
        { id: 7, epoch },
      );
    expect(await add(0)).toBe(1);
    await shard.writeMarker(marker);
    expect(await add(0)).toBe('INVALID_PRODUCER_EPOCH');
    expect(await add(1)).toBe(1_002);
  });
});

describe('an append that fails', () => {
  test('drops what the core believed: all who wait are refused, and the log decides', async () => {
    const { simulation, shard, log, add, later, read } = openAdder();
    await shard.loaded;
    await add(1);
    log.isManual = true;
    const answers = [later(), add(10), add(100)];
    log.fail(new DiskGone('gone'));
    expect(await seen(...answers)).toEqual(Array(3).fill('NOT_COORDINATOR'));
    expect(await seen(read())).toEqual(['NOT_COORDINATOR']);
    await simulation.advance(300);
    expect(log.replays).toBe(1); // The other append is still under way.
    log.commit();
    await simulation.advance(500);
    expect(await seen(read())).toEqual([101]);
  });

  test('for want of replicas is told as such', async () => {
    const { shard, log, add } = openAdder();
    await shard.loaded;
    log.isManual = true;
    const answer = add(1);
    log.fail(new DiskGone('few', { kafka: 'NOT_ENOUGH_REPLICAS' }));
    expect(await seen(answer)).toEqual(['COORDINATOR_NOT_AVAILABLE']);
  });

  test('again and again is waited out for longer and longer', async () => {
    const { simulation, shard, log, add } = openAdder();
    await shard.loaded;
    log.isManual = true;
    for (let failures = 0; failures < 4; failures++) {
      void add(1);
      log.fail(new DiskGone('gone'));
      await simulation.advance(100 * 2 ** failures);
      expect(log.replays).toBe(2 + failures);
    }
  });
});

test('a log that cannot be read is tried again', async () => {
  const log = new MemoryRecordLog();
  log.replayError = new Error('gone');
  const { simulation, shard, read } = openAdder(log);
  await shard.loaded;
  expect(await seen(read())).toEqual(['NOT_COORDINATOR']);
  log.replayError = undefined;
  await simulation.advance(100);
  expect(await seen(read())).toEqual([0]);
});

test('a core that breaks its own rules is made anew from the log', async () => {
  const { simulation, shard, cores, add, read } = openAdder();
  await shard.loaded;
  await add(1);
  const broken = shard.submit<Sum>(
    () => {
      throw new Error('An invariant');
    },
    (error) => error,
  );
  expect(await seen(broken)).toEqual(['NOT_COORDINATOR']);
  await simulation.advance(100);
  expect(await seen(read())).toEqual([1]);
  expect(cores.length).toBeGreaterThan(1);
});
