import { string } from '@nagare/serdes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamsBuilder } from './dsl/builder.ts';
import { Streams } from './streams.ts';
import { FakeCluster, type Share } from './testing/fake-cluster.ts';
import type { Topology } from './topology/topology.ts';
import { JoinWindows } from './windows/join-windows.ts';
import { SessionWindows } from './windows/session-windows.ts';
import { Suppressed } from './windows/suppressed.ts';
import { TimeWindows } from './windows/time-windows.ts';

const texts = { key: string, value: string };
const partitions = 3;
const inputs = ['events', 'clicks', 'names'] as const;
const outputs = ['letters', 'perWindow', 'closed', 'sessions', 'named', 'near'] as const;
/** Those that tables are written to: a cache leaves out changes, so that only what is there at the end must be the same. */
const tables: readonly string[] = ['letters', 'perWindow', 'sessions'];

/**
 * A left join of streams: when it sends records that stay alone depends on what Kafka Streams, and so this library, keeps of the
 * join in memory only.
 */
const forgetful = 'near';

interface Input {
  readonly topic: (typeof inputs)[number];
  readonly user: number;
  readonly letter: string;
  readonly timestamp: number;
}

/** What must not change anything. */
interface Circumstances {
  readonly instances: number;
  readonly commitIntervalMs: number;
  readonly fetchRecordsMax: number;
  readonly bufferedRecordsPerPartition: number;
  readonly statestoreCacheMaxBytes: number;
  /** After how many calls of the cluster each process in turn is cut off, instance by instance. */
  readonly crashes: readonly number[];
}

const calm: Circumstances = {
  instances: 1,
  commitIntervalMs: 0,
  fetchRecordsMax: 1_000,
  bufferedRecordsPerPartition: 1_000,
  statestoreCacheMaxBytes: 0,
  crashes: [],
};

const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
  instances: fc.integer({ min: 1, max: partitions }),
  commitIntervalMs: fc.constantFrom(0, 1, 20),
  fetchRecordsMax: fc.constantFrom(1, 2, 5, 1_000),
  bufferedRecordsPerPartition: fc.constantFrom(1, 3, 1_000),
  statestoreCacheMaxBytes: fc.constantFrom(0, 1, 500, 1_000_000),
  crashes: fc.array(fc.integer({ min: 20, max: 120 }), { maxLength: 4 }),
});

/** Timestamps differ, so that the order of records of several topics is decided; many come late, some too late. */
const anyInput: fc.Arbitrary<Input[]> = fc.uniqueArray(
  fc.record({
    topic: fc.constantFrom(...inputs),
    user: fc.integer({ min: 0, max: 2 * partitions - 1 }),
    letter: fc.constantFrom('a', 'b', 'c'),
    timestamp: fc.integer({ min: 0, max: 60_000 }),
  }),
  { selector: ({ timestamp }) => timestamp, minLength: 40, maxLength: 120 },
);

function topology(): Topology {
  const builder = new StreamsBuilder();
  const events = builder.stream('events', texts);
  const clicks = builder.stream('clicks', texts);
  const names = builder.table('names', { ...texts, store: 'names' });
  const to = { key: string, value: string };
  const shown = (value: number | null) => String(value);
  const atWindow = ({ key, window }: { readonly key: string; readonly window: { readonly start: number } }) =>
    `${key}@${window.start}`;
  events
    .groupBy((_key, letter) => letter, texts)
    .count({ store: 'byLetter' })
    .toStream()
    .mapValues(shown)
    .to('letters', to);
  const perWindow = events.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace('10s', '5s')).count({ store: 'counts' });
  perWindow.toStream().mapValues(shown).selectKey(atWindow).to('perWindow', to);
  perWindow
    .suppress(Suppressed.untilWindowCloses({ name: 'held' }))
    .toStream()
    .mapValues(shown)
    .selectKey(atWindow)
    .to('closed', to);
  events
    .groupByKey()
    .windowedBy(SessionWindows.ofInactivityGapAndGrace('3s', '5s'))
    .reduce((old, letter) => old + letter, { store: 'sessions' })
    .toStream()
    .mapValues((letters) => String(letters))
    .selectKey(atWindow)
    .to('sessions', to);
  events.join(names, (letter, name) => letter + name).to('named', to);
  const windows = JoinWindows.ofTimeDifferenceAndGrace('4s', '2s');
  events
    .leftJoin(clicks, (event, click) => `${event}${click}`, windows, { ...texts, otherValue: string })
    .to('near', to);
  return builder.build();
}

/** Runs an input to its end, and gives what was committed by topic and key. */
async function committedOutput(
  input: readonly Input[],
  circumstances: Circumstances,
): Promise<Record<string, Record<string, string[]>>> {
  const cluster = new FakeCluster();
  cluster.fetchRecordsMax = circumstances.fetchRecordsMax;
  for (const topic of inputs) cluster.createTopic(topic, partitions);
  for (const topic of outputs) cluster.createTopic(topic);
  for (const { topic, user, letter, timestamp } of input) {
    cluster.append(topic, `user ${user}`, letter, timestamp, user % partitions);
  }
  const { instances: count } = circumstances;
  const done = cluster.until(() => isDone(cluster));
  await Promise.all(
    Array.from({ length: count }, (_, index) => runInstance(cluster, { index, count }, { ...circumstances, done })),
  );
  return Object.fromEntries(outputs.map((topic) => [topic, byKey(cluster, topic)]));
}

/** Runs an instance, and another one in its place whenever it is cut off, until all is done. */
async function runInstance(
  cluster: FakeCluster,
  share: Share,
  { done, crashes, ...config }: Circumstances & { readonly done: Promise<void> },
): Promise<void> {
  const own = crashes.filter((_, at) => at % share.count === share.index);
  for (const callsLeft of [...own, Number.POSITIVE_INFINITY]) {
    const client = cluster.connect(share);
    client.callsLeft = callsLeft;
    const { commitIntervalMs, bufferedRecordsPerPartition, statestoreCacheMaxBytes } = config;
    const streams = new Streams(topology(), {
      ...{ applicationId: 'app', client, pollMs: 10, emitIntervalMs: 0, processingGuarantee: 'exactly_once_v2' },
      ...{ commitIntervalMs, bufferedRecordsPerPartition, statestoreCacheMaxBytes },
    });
    try {
      await streams.start();
      await Promise.race([done, streams.finished]);
      await streams.close();
      return await done;
    } catch (error) {
      expect(error).toMatchObject({ code: 'NAGARE_CLIENT_NO_BROKER' });
    }
  }
}

/** Whether all that was read was committed with what became of it, and that as well. */
function isDone(cluster: FakeCluster): boolean {
  return [...inputs, 'app-byLetter-repartition'].every((topic) => {
    const found = cluster.topics.get(topic)?.partitions;
    return found?.every(({ records }, at) => records.length === (cluster.committed.get(`${at} ${topic}`)?.offset ?? 0));
  });
}

/** The values of each key in their order; times too, but for what was counted in whatever order partitions were read. */
function byKey(cluster: FakeCluster, topic: (typeof outputs)[number]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { records } of cluster.topics.get(topic)?.partitions ?? []) {
    for (const { key, value, timestamp } of records) {
      const shown = topic === 'letters' ? String(value) : `${value} at ${timestamp}`;
      found[String(key)] = [...(found[String(key)] ?? []), shown];
    }
  }
  return found;
}

/** What is left of the topics of tables at the end, and all of the others. */
function comparable(found: Record<string, Record<string, string[]>>): Record<string, Record<string, string[]>> {
  const left = (values: Record<string, string[]>) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, list]) => {
        const last = list.at(-1) as string;
        return last.startsWith('null') ? [] : [[key, [last]]];
      }),
    );
  return Object.fromEntries(
    Object.entries(found).map(([topic, values]) => [topic, tables.includes(topic) ? left(values) : values]),
  );
}

test('what is committed depends neither on instances nor on commits, batches, caches and crashes', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anyInput, anyCircumstances, async (input, circumstances) => {
      const [actual, expected] = [await committedOutput(input, circumstances), await committedOutput(input, calm)];
      if (circumstances.crashes.length > 0) for (const output of [actual, expected]) delete output[forgetful];
      if (circumstances.statestoreCacheMaxBytes === 0) expect(actual).toEqual(expected);
      else expect(comparable(actual)).toEqual(comparable(expected));
    }),
    { numRuns: 25 },
  );
});
