/**
 * Counts the records of each key with a standby of each task, as a process that tests kill.
 *
 * Arguments: bootstrap servers. It tells what it has whenever that changes, and what it restores.
 */
import { silentLog } from '@nagare/base';
import { int64, string } from '@nagare/serdes';
import { Streams, StreamsBuilder } from '@nagare/streams';

const say = (what: string, told: unknown) => void process.stdout.write(`${what} ${JSON.stringify(told)}\n`);

const builder = new StreamsBuilder();
builder
  .stream('standby-in', { key: string, value: string })
  .groupByKey()
  .count({ store: 'counts' })
  .toStream()
  .to('standby-out', { key: string, value: int64 });
const streams = new Streams(builder.build(), {
  applicationId: 'standby-app',
  brokers: process.argv[2] ?? '',
  processingGuarantee: 'exactly_once_v2',
  numStandbyReplicas: 1,
  statestoreCacheMaxBytes: 0,
  sessionTimeoutMs: 2_000,
  replicationFactor: 1,
  log: { ...silentLog, info: (event, fields) => event === 'streams.restored' && say('restored', fields) },
});
process.once('SIGTERM', () => void streams.close());
await streams.start();
let last = '';
setInterval(() => {
  const now = { tasks: streams.tasks, standbys: [...streams.standbyTasks] };
  if (JSON.stringify(now) !== last) say('has', now);
  last = JSON.stringify(now);
}, 50).unref();
await streams.finished;
