import { type Serde, string } from '@nagare/serdes';
import { StreamsBuilder } from '../dsl/builder.ts';
import type { KTable } from '../dsl/table.ts';
import { TopologyTestDriver } from './topology-test-driver.ts';

const texts = { key: string, value: string };

/** A topology from the tables `left` and `right`, of texts, to the changes of a table in the topic `out`. */
export function twoTables<K, V>(
  describe: (left: KTable<string, string>, right: KTable<string, string>, builder: StreamsBuilder) => KTable<K, V>,
  serdes: { readonly key: Serde<Exclude<K, null>>; readonly value: Serde<Exclude<V, null>> },
) {
  const builder = new StreamsBuilder();
  const left = builder.table('left', texts);
  const right = builder.table('right', texts);
  describe(left, right, builder)
    .toStream()
    .to('out', serdes as never);
  const topology = builder.build();
  const driver = new TopologyTestDriver(topology);
  return {
    driver,
    topology,
    left: driver.createInputTopic('left', texts),
    right: driver.createInputTopic('right', texts),
    output: driver.createOutputTopic('out', serdes),
  };
}
