import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { startHandlerBroker } from '../testing/handler-broker.ts';
import { handleDescribeCluster } from './60-describe-cluster.ts';

describe('DescribeCluster', () => {
  test.each([0, 1, 2])('version %i tells the cluster', async (version) => {
    const broker = await startHandlerBroker({ 'node.id': 3 });
    const body = { includeClusterAuthorizedOperations: true };
    const answer = await broker.ask(apis.describeCluster, handleDescribeCluster, { version, body });
    expect(answer).toMatchObject({ errorCode: 0, clusterId: 'cluster-of-one', controllerId: 3 });
    expect(answer.brokers).toEqual([
      { brokerId: 3, host: 'broker.example', port: 19_092, rack: null, isFenced: false },
    ]);
    expect(answer.clusterAuthorizedOperations).toBe(8096);
  });

  test.each([
    [2, errorCode.MISMATCHED_ENDPOINT_TYPE],
    [9, errorCode.UNSUPPORTED_ENDPOINT_TYPE],
  ])('endpoint type %i is not what this listener is', async (endpointType, code) => {
    const body = { includeClusterAuthorizedOperations: false, endpointType };
    const broker = await startHandlerBroker();
    const answer = await broker.ask(apis.describeCluster, handleDescribeCluster, { version: 1, body });
    expect(answer).toMatchObject({ errorCode: code, brokers: [] });
    expect(answer.errorMessage).toContain('endpoint');
  });
});
