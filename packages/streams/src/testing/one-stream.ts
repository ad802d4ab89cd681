import { type Serde, string } from '@nagare/serdes';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { KStream } from '../dsl/stream.ts';
import type { Topology } from '../topology/topology.ts';
import type { TestInputTopic } from './test-input-topic.ts';
import type { TestOutputTopic } from './test-output-topic.ts';
import { type TestDriverOptions, TopologyTestDriver } from './topology-test-driver.ts';

/** A topology from the topic `in`, of texts, to the topic `out`, and the topics to test it with. */
export interface OneStream<K, V> {
  readonly driver: TopologyTestDriver;
  readonly topology: Topology;
  readonly input: TestInputTopic<string, string>;
  readonly output: TestOutputTopic<K, V>;
}

/** Builds the shortest topology around what a test is about. */
export function oneStream<K, V>(
  describe: (stream: KStream<string, string>, builder: StreamsBuilder) => KStream<K, V>,
  serdes: { readonly key: Serde<Exclude<K, null>>; readonly value: Serde<Exclude<V, null>> },
  options?: TestDriverOptions,
): OneStream<Exclude<K, null>, Exclude<V, null>> {
  const builder = new StreamsBuilder();
  const texts = { key: string, value: string };
  describe(builder.stream('in', texts), builder).to('out', serdes);
  const topology = builder.build();
  const driver = new TopologyTestDriver(topology, options);
  return {
    driver,
    topology,
    input: driver.createInputTopic('in', texts),
    output: driver.createOutputTopic('out', serdes),
  };
}
