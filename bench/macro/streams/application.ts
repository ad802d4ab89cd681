import { type ProcessingGuarantee, Streams } from '@nagare/streams';
import { topologyOf } from './topologies.ts';

// The application of one run, until SIGTERM. Its arguments are those of StreamsBench.java.

const [brokers = '', applicationId = '', stateDir = '', guarantee = '', row = '', ...topics] = process.argv.slice(2);
const [input = '', table = '', output = ''] = topics;

const streams = new Streams(topologyOf(row, { input, table, output }), {
  applicationId,
  brokers,
  stateDir,
  processingGuarantee: guarantee as ProcessingGuarantee,
  // As in StreamsBench.java: every change is sent.
  statestoreCacheMaxBytes: 0,
});
process.once('SIGTERM', () => void streams.close());
await streams.start();
await streams.finished;
