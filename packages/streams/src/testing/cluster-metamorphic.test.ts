import { int64, string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { Topology } from '../topology/topology.ts';
import { JoinWindows } from '../windows/join-windows.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { SlidingWindows } from '../windows/sliding-windows.ts';
import { TimeWindows } from '../windows/time-windows.ts';
import { ClusterTestDriver } from './cluster-test-driver.ts';
import { TopologyTestDriver } from './topology-test-driver.ts';

const texts = { key: string, value: string };
const topics = ['left', 'right'] as const;

/** What is compared: rows of tables as they are at the end, or all results of a key in their order. */
interface Subject {
  readonly results: 'last' | 'all';
  readonly build: (builder: StreamsBuilder) => void;
}

const shown = (value: unknown) => String(value);
const atWindow = ({ key, window }: { readonly key: string; readonly window: { readonly start: number } }) =>
  `${key}@${window.start}`;
const sum = { key: string, value: int64 };
/** Nothing is late: what is late depends on what else came to the partition. */
const patient = '1d';

/** Each kind of state, and each way in which records come to other tasks. */
const subjects: Readonly<Record<string, Subject>> = {
  'a count by another key': {
    results: 'last',
    build: (builder) =>
      builder
        .stream('left', texts)
        .groupBy((_key, value) => value, texts)
        .count()
        .toStream()
        .mapValues(shown)
        .to('out', texts),
  },
  'windows over another key': {
    results: 'last',
    build: (builder) =>
      builder
        .stream('left', texts)
        .groupBy((_key, value) => value, texts)
        .windowedBy(TimeWindows.ofSizeAndGrace('10s', patient).advanceBy('5s'))
        .count()
        .toStream()
        .map((windowed, count) => [atWindow(windowed), shown(count)])
        .to('out', texts),
  },
  sessions: {
    results: 'last',
    build: (builder) =>
      builder
        .stream('left', texts)
        .groupByKey()
        .windowedBy(SessionWindows.ofInactivityGapAndGrace('3s', patient))
        .count()
        .toStream()
        .map((windowed, count) => [`${atWindow(windowed)} to ${windowed.window.end}`, shown(count)])
        .to('out', texts),
  },
  'sliding windows': {
    results: 'last',
    build: (builder) =>
      builder
        .stream('left', texts)
        .groupByKey()
        .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('4s', patient))
        .count()
        .toStream()
        .map((windowed, count) => [atWindow(windowed), shown(count)])
        .to('out', texts),
  },
  'a join of tables': {
    results: 'last',
    build: (builder) =>
      builder
        .table('left', texts)
        .outerJoin(builder.table('right', texts), (left, right) => `${left}/${right}`)
        .toStream()
        .to('out', texts),
  },
  'a join of tables by a foreign key': {
    results: 'last',
    build: (builder) =>
      builder
        .table('left', texts)
        .leftJoinForeign(
          builder.table('right', texts),
          (value) => value,
          (left, right) => `${left}/${right}`,
        )
        .toStream()
        .to('out', texts),
  },
  'a table grouped by its values': {
    results: 'last',
    build: (builder) =>
      builder
        .table('left', texts)
        .groupBy((_key, value) => [value, 1] as const, sum)
        .aggregate(
          () => 0,
          (_key, one, count) => count + one,
          (_key, one, count) => count - one,
          { ...sum, store: 'sums' },
        )
        .toStream()
        .mapValues(shown)
        .to('out', texts),
  },
  'a stream that looks into a table': {
    results: 'all',
    build: (builder) =>
      builder
        .stream('left', texts)
        .leftJoin(builder.table('right', texts), (left, right) => `${left}/${right}`)
        .to('out', texts),
  },
  'a join of streams': {
    results: 'all',
    build: (builder) =>
      builder
        .stream('left', texts)
        .join(
          builder.stream('right', texts),
          (left, right) => `${left}${right}`,
          JoinWindows.ofTimeDifferenceAndGrace('4s', patient),
        )
        .to('out', texts),
  },
};

interface Input {
  readonly topic: (typeof topics)[number];
  readonly user: number;
  readonly letter: string | null;
  readonly timestamp: number;
}

/** What happens between two records, after some of those that wait have been processed and not committed. */
type Step = { readonly processed: number } & (
  | { readonly kind: 'nothing' }
  | { readonly kind: 'commit' | 'abort' | 'stop' | 'crash'; readonly instance: number }
  | { readonly kind: 'start'; readonly instance: number; readonly state: 'kept' | 'lost' }
  | { readonly kind: 'move'; readonly task: number; readonly instance: number }
);

interface Circumstances {
  readonly partitions: number;
  readonly instances: number;
  readonly numStandbyReplicas: number;
  readonly statestoreCacheMaxBytes: number;
  readonly seed: number | undefined;
  /** What happens before the record with a number. */
  readonly steps: readonly (readonly [before: number, step: Step])[];
}

const instance = fc.nat(3);
const processed = fc.nat(10);
const kindOf = <K extends Step['kind']>(kind: K) => fc.constant(kind);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: kindOf('nothing'), processed }),
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('commit', 'abort', 'stop', 'crash'), instance, processed }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kindOf('start'), instance, state: fc.constantFrom('kept', 'lost'), processed }),
  },
  fc.record({ kind: kindOf('move'), task: fc.nat(20), instance, processed }),
);

const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
  partitions: fc.integer({ min: 1, max: 4 }),
  instances: fc.integer({ min: 1, max: 3 }),
  numStandbyReplicas: fc.nat(1),
  statestoreCacheMaxBytes: fc.constantFrom(0, 1, 300, 1_000_000),
  seed: fc.option(fc.nat(), { nil: undefined }),
  steps: fc.array(fc.tuple(fc.nat(30), anyStep), { minLength: 5, maxLength: 30 }),
});

/** In the order of time, which tasks keep between topics; deletions are among them. */
const anyInput: fc.Arbitrary<Input[]> = fc
  .uniqueArray(
    fc.record({
      topic: fc.constantFrom(...topics),
      user: fc.nat(6),
      letter: fc.constantFrom('a', 'b', 'user 1', 'user 2', null),
      timestamp: fc.nat(40_000),
    }),
    { selector: ({ timestamp }) => timestamp, minLength: 20, maxLength: 60 },
  )
  .map((records) => records.sort((a, b) => a.timestamp - b.timestamp));

type Written = readonly { readonly key: string | null; readonly value: string | null }[];

/** What a table has for no row, or for a group that rows have come to and left: a cache may hold back that it was ever there. */
const absent: readonly (string | null)[] = [null, 'null', '0'];

function compared(written: Written, results: Subject['results']): Record<string, (string | null)[]> {
  const byKey: Record<string, (string | null)[]> = {};
  for (const { key, value } of written) byKey[String(key)] = [...(byKey[String(key)] ?? []), value];
  if (results === 'all') return byKey;
  const last = Object.entries(byKey).map(([key, values]) => [key, values.slice(-1)] as const);
  return Object.fromEntries(last.filter(([, [value = null]]) => !absent.includes(value)));
}

function topologyOf({ build }: Subject) {
  const builder = new StreamsBuilder();
  build(builder);
  return builder.build();
}

/** The records of topics that the topology reads. */
function readBy({ subTopologies }: Topology, input: readonly Input[]): readonly Input[] {
  const read = subTopologies.flatMap(({ sources }) => sources.flatMap(({ topics: names }) => names));
  return input.filter(({ topic }) => read.includes(topic));
}

function plainly(subject: Subject, input: readonly Input[]) {
  const topology = topologyOf(subject);
  const driver = new TopologyTestDriver(topology);
  for (const { topic, user, letter, timestamp } of readBy(topology, input)) {
    driver.createInputTopic(topic, texts).pipeInput(`user ${user}`, letter, timestamp);
  }
  return compared(driver.createOutputTopic('out', texts).readRecordsToList(), subject.results);
}

function undergo(driver: ClusterTestDriver, step: Step): void {
  driver.process(step.processed);
  const { instances, tasks } = driver;
  const chosen = 'instance' in step ? instances[step.instance % instances.length] : undefined;
  if (step.kind === 'nothing') return;
  if (step.kind === 'start') {
    if (!instances.includes(step.instance)) driver.start(step.instance, step);
  } else if (chosen !== undefined) {
    if (step.kind === 'move') driver.move([...tasks.keys()][step.task % tasks.size] as string, chosen);
    else driver[step.kind](chosen);
  }
}

function throughTrouble(subject: Subject, input: readonly Input[], { steps, ...options }: Circumstances) {
  const { seed, ...others } = options;
  const topology = topologyOf(subject);
  using driver = new ClusterTestDriver(topology, seed === undefined ? others : { ...others, seed });
  for (const [at, { topic, user, letter, timestamp }] of readBy(topology, input).entries()) {
    for (const [before, step] of steps) if (before === at) undergo(driver, step);
    driver.createInputTopic(topic, texts).pipeInput(`user ${user}`, letter, timestamp);
  }
  if (driver.instances.length === 0) driver.start(0);
  driver.run();
  return compared(driver.readTopic('out', texts), subject.results);
}

describe('neither partitions nor instances, order of tasks, caches, aborts, crashes and moves change', () => {
  test.each(Object.entries(subjects))('%s', { timeout: 120_000 }, (_name, subject) => {
    fc.assert(
      fc.property(anyInput, anyCircumstances, (input, circumstances) => {
        expect(throughTrouble(subject, input, circumstances)).toEqual(plainly(subject, input));
      }),
      { numRuns: 40 },
    );
  });
});
