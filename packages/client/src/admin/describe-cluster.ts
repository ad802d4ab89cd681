import { apis } from '@nagare/protocol';
import { checkAnswer } from '../errors.ts';
import type { ClusterDescription } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

/** Tells the cluster's id, controller and brokers. */
export function describeCluster(context: AdminContext): Promise<ClusterDescription> {
  return context.retrying(async () => {
    const answer = await context.cluster.requestAny(apis.describeCluster, {
      includeClusterAuthorizedOperations: false,
    });
    checkAnswer(answer.errorCode, 'DescribeCluster', answer.errorMessage);
    const { clusterId, controllerId: controller } = answer;
    const brokers = answer.brokers.map(({ brokerId: nodeId, host, port, rack }) => ({ nodeId, host, port, rack }));
    return { clusterId, controller, brokers: brokers.sort((a, b) => a.nodeId - b.nodeId) };
  });
}
