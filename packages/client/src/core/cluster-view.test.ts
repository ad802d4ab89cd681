import { errorCode, zeroUuid } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { ClusterView } from './cluster-view.ts';

type Answer = Parameters<ClusterView['apply']>[0];
type Topic = Answer['topics'][number];

function answer(topics: readonly Topic[], brokers = [1, 2]): Answer {
  return {
    throttleTimeMs: 0,
    brokers: brokers.map((nodeId) => ({ nodeId, host: 'h', port: nodeId, rack: null })),
    clusterId: 'c',
    controllerId: 1,
    topics,
    clusterAuthorizedOperations: 0,
    errorCode: 0,
  };
}

function topic(
  name: string,
  leaders: readonly (readonly [leader: number, epoch: number])[],
  more: Partial<Topic> = {},
): Topic {
  const partitions = leaders.map(([leaderId, leaderEpoch], partitionIndex) => ({
    errorCode: 0,
    partitionIndex,
    leaderId,
    leaderEpoch,
    replicaNodes: [],
    isrNodes: [],
    offlineReplicas: [],
  }));
  return {
    errorCode: 0,
    name,
    topicId: zeroUuid,
    isInternal: false,
    partitions,
    topicAuthorizedOperations: 0,
    ...more,
  };
}

test('tells the leader of a partition, unless there is none', () => {
  const view = new ClusterView();
  view.apply(
    answer([
      topic('t', [
        [1, 0],
        [-1, 3],
        [9, 0],
      ]),
    ]),
    0,
  );
  expect(view.leaderOf('t', 0)?.leader).toBe(1);
  expect(view.leaderOf('t', 1)).toBeUndefined();
  expect(view.leaderOf('t', 2)).toBeUndefined();
  expect(view.leaderOf('other', 0)).toBeUndefined();
});

test('keeps the leader of a later epoch when a broker lags behind', () => {
  const view = new ClusterView();
  view.apply(answer([topic('t', [[2, 5]])]), 0);
  view.apply(answer([topic('t', [[1, 4]])]), 1);
  expect(view.leaderOf('t', 0)?.leader).toBe(2);
});

test('starts epochs anew for a topic that was created anew', () => {
  const view = new ClusterView();
  view.apply(answer([topic('t', [[2, 5]])]), 0);
  view.apply(answer([topic('t', [[1, 0]], { topicId: 'BBBBBBBBBBBBBBBBBBBBBB' })]), 1);
  expect(view.leaderOf('t', 0)?.leader).toBe(1);
});

test('forgets a topic that is gone, and keeps one that is only in trouble', () => {
  const view = new ClusterView();
  view.apply(answer([topic('gone', [[1, 0]]), topic('ill', [[1, 0]])]), 0);
  const errors = { gone: errorCode.UNKNOWN_TOPIC_OR_PARTITION, ill: errorCode.LEADER_NOT_AVAILABLE };
  view.apply(answer(Object.entries(errors).map(([name, code]) => topic(name, [], { errorCode: code }))), 1);
  expect(view.topic('gone')).toBeUndefined();
  expect(view.errorOf('gone')).toBe(3);
  expect(view.topic('ill')?.partitions).toHaveLength(1);
});

test('gets stale after five minutes, soon while a wanted topic is missing, and when told so', () => {
  const view = new ClusterView();
  expect(view.isStale(0)).toBe(true);
  view.want('t');
  view.apply(answer([]), 0);
  expect(view.isStale(1_000)).toBe(true);
  view.apply(answer([topic('t', [[1, 0]])]), 1_000);
  expect(view.isStale(300_000)).toBe(false);
  expect(view.isStale(301_000)).toBe(true);
  view.apply(answer([topic('t', [[1, 0]])]), 301_000);
  view.expire();
  expect(view.isStale(301_000)).toBe(true);
});
