import { int64, type Serde, sessionWindowed, string, type Windowed, windowed } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { decodeOffsetMetadata, encodeOffsetMetadata } from '../core/offset-metadata.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import { FakeCluster } from '../testing/fake-cluster.ts';
import type { Topology } from '../topology/topology.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { TimeWindows } from '../windows/time-windows.ts';

const texts = { key: string, value: string };
const at = { partition: 0, headers: [] };

/** Runs an application whose first record was processed by Kafka Streams, which has committed these times, until the second one is. */
async function takeOver(fake: FakeCluster, topology: Topology, nodeTimesMs: ReadonlyMap<string, number>) {
  const metadata = encodeOffsetMetadata({ partitionTimeMs: 0, nodeTimesMs });
  fake.committed.set('0 in', { topic: 'in', partition: 0, offset: 1, metadata });
  await using streams = new Streams(topology, { applicationId: 'app', client: fake.connect(), commitIntervalMs: 0 });
  await streams.start();
  await fake.until(() => fake.committed.get('0 in')?.offset === 2);
}

function clusterWith(changelog: string, rows: readonly (readonly [key: Buffer, value: Buffer, timestamp: number])[]) {
  const fake = new FakeCluster();
  for (const topic of ['in', 'out', changelog]) fake.createTopic(topic);
  for (const [key, value, timestamp] of rows) {
    fake.partition({ ...at, topic: changelog }).append({ ...at, key, value, timestamp });
  }
  fake.append('in', 'a', 'x', 0);
  return fake;
}

const keyBytes = <K>(serde: Serde<Windowed<K>>, key: K, start: number, end: number) =>
  serde.serialize('', { key, window: { start, end } }) as Buffer;

test('a session that somebody else has begun goes on with the first record', async () => {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .groupByKey()
    .windowedBy(SessionWindows.ofInactivityGapAndGrace('3s', '5s'))
    .reduce((old, value) => old + value, { store: 'sessions' })
    .toStream()
    .to('out', { key: sessionWindowed(string), value: string });
  const begun = keyBytes(sessionWindowed(string), 'a', 1_000, 2_000);
  const fake = clusterWith('app-sessions-changelog', [[begun, Buffer.from('x'), 2_000]]);
  fake.append('in', 'a', 'y', 3_000);
  await takeOver(fake, builder.build(), new Map());
  expect(fake.read('out').map(([, value]) => value)).toEqual([undefined, 'xy']);
});

test('windows that somebody else has sent when they closed are not sent again, and how far they were is told on', async () => {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace('10s', '5s'))
    .emitStrategy('on-window-close')
    .count({ store: 'closed' })
    .toStream()
    .to('out', { key: windowed(string, 10_000), value: int64 });
  const [sent, waiting] = [0, 10_000].map((start) => keyBytes(windowed(string, 10_000), 'a', start, start + 10_000));
  const one = int64.serialize('', 1) as Buffer;
  const sequence = Buffer.alloc(4);
  const fake = clusterWith('app-closed-changelog', [
    [Buffer.concat([sent as Buffer, sequence]), one, 1],
    [Buffer.concat([waiting as Buffer, sequence]), one, 10_001],
  ]);
  fake.append('in', 'b', 'y', 26_000);
  // Kafka Streams calls this time by the name of the store.
  await takeOver(fake, builder.build(), new Map([['closed', 15_000]]));
  const out = fake.partition({ topic: 'out', partition: 0 }).records;
  expect(out.map(({ key }) => key?.toString('hex'))).toEqual([waiting?.toString('hex')]);
  const { nodeTimesMs } = decodeOffsetMetadata(String(fake.committed.get('0 in')?.metadata));
  expect(nodeTimesMs.get('closed')).toBe(21_000);
});
