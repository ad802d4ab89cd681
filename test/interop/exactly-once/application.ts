/**
 * Order-to-shipping under exactly_once_v2, as a process that tests kill.
 *
 * Arguments: bootstrap servers, prefix of the topics, state directory.
 */
import { Streams } from '@nagare/streams';
import { orderToShipping, topicsOf } from '../../../examples/order-to-shipping/topology.ts';

const [brokers = '', prefix = '', stateDir = ''] = process.argv.slice(2);
const streams = new Streams(orderToShipping(topicsOf(prefix)), {
  applicationId: `${prefix}app`,
  brokers,
  stateDir,
  processingGuarantee: 'exactly_once_v2',
  commitIntervalMs: 200,
  sessionTimeoutMs: 1_500,
  replicationFactor: 1,
  stateListener: (now) => process.stdout.write(`${now}\n`),
});
process.once('SIGTERM', () => void streams.close());
await streams.start();
await streams.finished;
