import { apis, errorCode } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders');
  await kit.produce('orders', ['a', 'b']);
});
afterEach(() => kit[Symbol.asyncDispose]());

async function endOf(leaderEpoch: number, more: { partition?: number; currentLeaderEpoch?: number } = {}) {
  const { partition = 0, currentLeaderEpoch = -1 } = more;
  const { topics } = await kit.client.request(apis.offsetForLeaderEpoch, 4, {
    replicaId: -1,
    topics: [{ topic: 'orders', partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
  });
  return topics[0]?.partitions[0];
}

describe('OffsetForLeaderEpoch', () => {
  test('gives the end of the epoch that is current', async () => {
    expect(await endOf(0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 2 });
  });

  test('gives nothing for an epoch that has not been', async () => {
    expect(await endOf(7)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
  });

  test('refuses a leader epoch of the future and a partition that does not exist', async () => {
    expect(await endOf(0, { currentLeaderEpoch: 9 })).toMatchObject({ errorCode: errorCode.UNKNOWN_LEADER_EPOCH });
    expect(await endOf(0, { partition: 3 })).toMatchObject({ errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION });
  });
});
