import { apis, type ErrorName, errorCode } from '@nagare/protocol';
import { authorizedClusterOperations } from './authorized-operations.ts';
import { defineHandler } from './define-handler.ts';
import { liveBrokers } from './live-brokers.ts';

/** Kafka's numbers for what a client may think that it talks to. */
const endpointTypes: Readonly<Record<number, string>> = { 1: 'BROKER', 2: 'CONTROLLER' };

/** Tells the cluster's id, controller and brokers. */
export const handleDescribeCluster = defineHandler(apis.describeCluster, {
  handle(request, context) {
    const { broker, version } = context;
    const fault = endpointFault(request.endpointType, version);
    if (fault !== undefined) return { ...fault, clusterId: '', brokers: [] };
    return {
      errorCode: errorCode.NONE,
      clusterId: broker.clusterId,
      controllerId: broker.nodeId,
      brokers: liveBrokers(context).map(({ nodeId, ...rest }) => ({ brokerId: nodeId, ...rest })),
      clusterAuthorizedOperations: authorizedClusterOperations(request.includeClusterAuthorizedOperations),
    };
  },
});

function endpointFault(type: number, version: number): { errorCode: number; errorMessage: string } | undefined {
  if (endpointTypes[type] === 'BROKER') return undefined;
  const wanted = endpointTypes[type];
  const error: ErrorName = wanted === undefined ? 'UNSUPPORTED_ENDPOINT_TYPE' : 'MISMATCHED_ENDPOINT_TYPE';
  const errorMessage =
    wanted === undefined
      ? `Unsupported endpoint type ${type}`
      : `The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type ${wanted}`;
  return { errorCode: errorCode[version === 0 ? 'INVALID_REQUEST' : error], errorMessage };
}
