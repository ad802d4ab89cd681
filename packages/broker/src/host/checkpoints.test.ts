import { apis } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { SimBroker } from '../testing/sim-broker.ts';

test('many requests to delete records share a few checkpoints, and those that delete nothing write none', async () => {
  const broker = await SimBroker.start();
  let checkpoints = 0;
  await broker.stop();
  broker.fails = (method, path) => {
    if (method === 'rename' && path.includes('log-start-offset-checkpoint')) checkpoints += 1;
    return false;
  };
  await broker.start();
  await broker.createTopic('orders');
  await broker.produce('orders', ['a', 'b']);
  const deleteBefore = async (offset: number) => {
    const partitions = [{ partitionIndex: 0, offset }];
    const body = { timeoutMs: 1_000, topics: [{ name: 'orders', partitions }] };
    return (await broker.client.request(apis.deleteRecords, 2, body)).topics[0]?.partitions[0]?.errorCode;
  };
  const many = (offset: number) =>
    broker.sim.complete(Promise.all(Array.from({ length: 50 }, () => deleteBefore(offset))));
  checkpoints = 0;
  expect(new Set(await many(3))).toEqual(new Set([1]));
  expect(checkpoints).toBe(0);
  expect(new Set(await many(1))).toEqual(new Set([0]));
  expect(checkpoints).toBeGreaterThan(0);
  expect(checkpoints).toBeLessThan(5);
});
