import { apis, errorCode } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders');
  await kit.createTopic('table', { configs: { 'cleanup.policy': 'compact' } });
  await kit.produce('orders', ['a', 'b', 'c']);
});
afterEach(() => kit[Symbol.asyncDispose]());

async function deleteBefore(offset: number, topic = 'orders', partitionIndex = 0) {
  const { topics } = await kit.client.request(apis.deleteRecords, 2, {
    timeoutMs: 1_000,
    topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
  });
  return topics[0]?.partitions[0];
}

describe('DeleteRecords', () => {
  test('raises the first offset, to the high watermark for -1', async () => {
    expect(await deleteBefore(2)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    expect(await deleteBefore(1)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    expect(await deleteBefore(-1)).toMatchObject({ errorCode: 0, lowWatermark: 3 });
    const { responses } = await kit.client.request(apis.fetch, 11, {
      ...{ maxWaitMs: 0, minBytes: 1 },
      topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }] }],
    });
    expect(responses[0]?.partitions[0]).toMatchObject({ errorCode: errorCode.OFFSET_OUT_OF_RANGE });
  });

  test.each([
    ['an offset beyond the high watermark', 4, 'orders', 0, errorCode.OFFSET_OUT_OF_RANGE],
    ['a negative offset', -2, 'orders', 0, errorCode.OFFSET_OUT_OF_RANGE],
    ['a compacted topic', 0, 'table', 0, errorCode.POLICY_VIOLATION],
    ['a partition that does not exist', 0, 'orders', 4, errorCode.UNKNOWN_TOPIC_OR_PARTITION],
  ])('refuses %s', async (_, offset, topic, partition, code) => {
    expect(await deleteBefore(offset, topic, partition)).toMatchObject({ errorCode: code, lowWatermark: -1 });
  });
});
