import { apis } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders', { partitions: 2 });
  await kit.createTopic('other');
});
afterEach(() => kit[Symbol.asyncDispose]());

type Asked = readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null;

async function ask(topics: Asked, version = 5) {
  const { results, errorCode } = await kit.client.request(apis.describeLogDirs, version, { topics });
  expect([errorCode, results.length]).toEqual([0, 1]);
  return results[0];
}

describe('DescribeLogDirs', () => {
  test.each([1, 2, 3, 4, 5])('v%i tells the size of each partition', async (version) => {
    await kit.produce('orders', ['a'.repeat(100)], 1);
    const directory = await ask([{ topic: 'orders', partitions: [0, 1, 1, 9] }], version);
    expect(directory).toMatchObject({ errorCode: 0, logDir: 'memory', isCordoned: false });
    expect(directory?.topics).toMatchObject([{ name: 'orders' }]);
    const [empty, full] = directory?.topics[0]?.partitions ?? [];
    expect(empty).toEqual({ partitionIndex: 0, partitionSize: 0, offsetLag: 0, isFutureKey: false });
    expect(full?.partitionSize).toBeGreaterThan(100);
    expect(directory?.topics[0]?.partitions).toHaveLength(2);
  });

  test('without names it is all of them, and none for an empty list or an unknown topic', async () => {
    expect((await ask(null))?.topics.map(({ name }) => name)).toEqual(['orders', 'other']);
    expect((await ask([]))?.topics).toEqual([]);
    expect((await ask([{ topic: 'nope', partitions: [0] }]))?.topics).toEqual([]);
  });
});
