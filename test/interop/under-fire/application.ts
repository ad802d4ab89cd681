/**
 * The application, as a process that tests kill and stop.
 *
 * Arguments: bootstrap servers, state directory, client id, session timeout in milliseconds.
 */
import { silentLog } from '@nagare/base';
import { Streams } from '@nagare/streams';
import { applicationId, underFire } from './topology.ts';

const [brokers = '', stateDir = '', clientId = '', sessionTimeoutMs = ''] = process.argv.slice(2);
const tell = (event: string, fields: object = {}) => process.stderr.write(`${event} ${describe(fields)}\n`);
const streams = new Streams(underFire(), {
  applicationId,
  brokers,
  clientId,
  stateDir,
  processingGuarantee: 'exactly_once_v2',
  numStandbyReplicas: 1,
  acceptableRecoveryLag: 100,
  commitIntervalMs: 100,
  sessionTimeoutMs: Number(sessionTimeoutMs),
  replicationFactor: 1,
  // Every change is looked at.
  statestoreCacheMaxBytes: 0,
  log: { ...silentLog, warn: tell, error: tell },
  stateListener: (now) => process.stdout.write(`${now}\n`),
});
process.once('SIGTERM', () => void streams.close());
await streams.start();
await streams.finished;

function describe(fields: object): string {
  return JSON.stringify(fields, (_name, value: unknown) =>
    value instanceof Error ? (value.stack ?? `${value}`) : value,
  );
}
