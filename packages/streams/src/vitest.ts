import { type ClusterDriverOptions, ClusterTestDriver } from './testing/cluster-test-driver.ts';
import { type TestDriverOptions, TopologyTestDriver } from './testing/topology-test-driver.ts';
import type { Topology } from './topology/topology.ts';

/** A fixture of vitest: the runner calls it, and ends it when the test is over. */
export type DriverFixture<D> = (context: object, use: (driver: D) => Promise<void>) => Promise<void>;

/** A topology, or a function that builds one for each test. */
export type TopologySource = Topology | (() => Topology);

/**
 * A driver of a topology for each test that names it, closed when the test is over: a fixture for vitest's `test.extend`.
 *
 * @param topology - What it runs. Give a function where the topology's own functions remember something.
 * @param options - As for {@link TopologyTestDriver}.
 * @example Words that shout
 * ```ts
 * const test = base.extend<{ driver: TopologyTestDriver }>({ driver: testDriverFixture(topology) });
 * test('words shout', ({ driver }) => {
 *   driver.createInputTopic('words', texts).pipeInput('k', 'hello');
 *   expect(driver.createOutputTopic('shouts', texts).readValue()).toBe('HELLO');
 * });
 * ```
 */
export function testDriverFixture(
  topology: TopologySource,
  options: TestDriverOptions = {},
): DriverFixture<TopologyTestDriver> {
  return fixture(() => new TopologyTestDriver(built(topology), options));
}

/**
 * The same with several partitions and instances.
 *
 * @param topology - What it runs.
 * @param options - As for {@link ClusterTestDriver}.
 * @example Four partitions
 * ```ts
 * const test = base.extend<{ cluster: ClusterTestDriver }>({ cluster: clusterDriverFixture(topology, { partitions: 4 }) });
 * ```
 */
export function clusterDriverFixture(
  topology: TopologySource,
  options: ClusterDriverOptions = {},
): DriverFixture<ClusterTestDriver> {
  return fixture(() => new ClusterTestDriver(built(topology), options));
}

function built(topology: TopologySource): Topology {
  return typeof topology === 'function' ? topology() : topology;
}

function fixture<D extends Disposable>(open: () => D): DriverFixture<D> {
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads from this pattern that the fixture needs no other.
  return async ({}, use) => {
    using driver = open();
    await use(driver);
  };
}
