import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchOnce, readCommitted } from '../testing/read-topic.ts';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';

let kit: TestBroker;
let one: TxnProducer;
let two: TxnProducer;

beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders');
  one = await TxnProducer.start(kit.client, { transactionalId: 'one' });
  two = await TxnProducer.start(kit.client, { transactionalId: 'two' });
});
afterEach(() => kit[Symbol.asyncDispose]());

const read = (offset = 0, bytesMax = 1_000_000) => fetchOnce(kit.client, 'orders', { offset, bytesMax });
const values = () => readCommitted(kit.client, 'orders');

/** Ends a transaction, and waits until its marker is in the topic. */
async function end(producer: TxnProducer, committed: boolean): Promise<void> {
  const { highWatermark: before } = await read();
  expect(await producer.end(committed)).toBe('NONE');
  await expect.poll(async () => (await read()).highWatermark).toBe(before + 1);
}

describe('a reader of committed records', () => {
  test('reads up to the earliest open transaction', async () => {
    await kit.produce('orders', ['plain']);
    await two.write('orders', ['b']);
    await one.write('orders', ['a']);
    expect(await read()).toMatchObject({ highWatermark: 3, lastStableOffset: 1, aborted: [] });
    expect((await read()).batches).toHaveLength(1);
    expect((await read(1)).batches).toHaveLength(0);
    await end(one, true);
    expect(await read()).toMatchObject({ highWatermark: 4, lastStableOffset: 1 });
    await end(two, true);
    expect(await read()).toMatchObject({ highWatermark: 5, lastStableOffset: 5 });
    expect(await values()).toEqual(['plain', 'b', 'a']);
  });

  test('is told which transactions of what it reads were aborted', async () => {
    const [idOne, idTwo] = [one.id, two.id];
    await one.write('orders', ['no']); // 0
    await two.write('orders', ['yes']); // 1
    await end(one, false); // 2
    await end(two, true); // 3
    await two.write('orders', ['never']); // 4
    await end(two, false); // 5
    expect((await read()).aborted).toEqual([
      { producerId: idOne, firstOffset: 0 },
      { producerId: idTwo, firstOffset: 4 },
    ]);
    expect((await read(2)).aborted).toHaveLength(2);
    expect((await read(3)).aborted).toEqual([{ producerId: idTwo, firstOffset: 4 }]);
    expect((await read(0, 1)).aborted).toEqual([{ producerId: idOne, firstOffset: 0 }]);
    expect((await read(6)).aborted).toEqual([]);
    expect(await values()).toEqual(['yes']);
  });

  test('is woken by the marker, not by the records', async () => {
    await one.write('orders', ['a']);
    const reader = await kit.connect();
    let isAnswered = false;
    const waiting = fetchOnce(reader, 'orders', { maxWaitMs: 30_000 }).then((answer) => {
      isAnswered = true;
      return answer;
    });
    await one.write('orders', ['b']);
    expect(isAnswered).toBe(false);
    await end(one, true);
    expect((await waiting).batches).toHaveLength(3);
    reader.close();
  });

  test('finds transactions that were aborted in segments behind', async () => {
    await kit.createTopic('small', { configs: { 'segment.bytes': '1048576' } });
    const big = 'x'.repeat(400_000);
    await one.write('small', [big]);
    await two.write('small', [big]);
    await two.write('small', [big]);
    await one.write('small', [big]);
    await one.end(false);
    await two.end(true);
    await expect.poll(async () => (await fetchOnce(kit.client, 'small')).lastStableOffset).toBe(6);
    const { aborted, batches } = await fetchOnce(kit.client, 'small', { bytesMax: 500_000 });
    expect([aborted, batches.length]).toEqual([[{ producerId: one.id, firstOffset: 0 }], 1]);
    expect(await readCommitted(kit.client, 'small')).toEqual([big, big]);
  });
});

test('a reader of everything is told of no transaction', async () => {
  await one.write('orders', ['no']);
  await end(one, false);
  const all = await fetchOnce(kit.client, 'orders', { isCommitted: false });
  expect([all.aborted, all.batches.length]).toEqual([null, 2]);
});
