import { apis, errorCode } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
});
afterEach(() => kit[Symbol.asyncDispose]());

const ask = (version: number, ...topics: readonly (readonly [string, ...number[]])[]) =>
  kit.client.request(apis.describeQuorum, version, {
    topics: topics.map(([topicName, ...indexes]) => ({
      topicName,
      partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
    })),
  });

describe('DescribeQuorum', () => {
  test.each([0, 1, 2])('v%i tells of a quorum of one that has caught up with itself', async (version) => {
    const { errorCode: code, topics } = await ask(version, ['__cluster_metadata', 0]);
    const partition = topics[0]?.partitions[0];
    expect(code).toBe(0);
    expect(partition).toMatchObject({ errorCode: 0, leaderId: 1, leaderEpoch: 1, observers: [] });
    expect(partition?.currentVoters).toMatchObject([{ replicaId: 1, logEndOffset: partition?.highWatermark }]);
    if (version > 0) expect(partition?.currentVoters[0]?.lastCaughtUpTimestamp).toBeGreaterThan(1_500_000_000_000);
  });

  test('the high watermark follows the metadata', async () => {
    const watermark = async () => (await ask(2, ['__cluster_metadata', 0])).topics[0]?.partitions[0]?.highWatermark;
    const before = await watermark();
    await kit.createTopic('orders');
    expect(await watermark()).toBe((before ?? 0) + 2);
  });

  test.each([
    ['another topic', [['orders', 0]]],
    ['another partition', [['__cluster_metadata', 1]]],
    ['more than one partition', [['__cluster_metadata', 0, 1]]],
    [
      'more than one topic',
      [
        ['__cluster_metadata', 0],
        ['orders', 0],
      ],
    ],
  ] as const)('does not know %s', async (_, topics) => {
    const answer = await ask(2, ...topics);
    const codes = answer.topics.flatMap(({ partitions }) => partitions.map((partition) => partition.errorCode));
    expect(new Set(codes)).toEqual(new Set([errorCode.UNKNOWN_TOPIC_OR_PARTITION]));
    expect(codes).toHaveLength(topics.reduce((total, [, ...indexes]) => total + indexes.length, 0));
  });
});
