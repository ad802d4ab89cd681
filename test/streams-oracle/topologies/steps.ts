import type { Step, TopologySpec } from '../topology-spec.ts';

type Options = Omit<Step, 'op'>;

/** A topology by name. */
export function topology(name: string, ...steps: readonly (Step | readonly Step[])[]): TopologySpec {
  return { name, steps: steps.flat() as readonly Step[] };
}

/** For what follows aggregations and is told what was before: what it hears depends on Kafka Streams' cache. */
export const withCache = (spec: TopologySpec): TopologySpec => ({ ...spec, cache: true });

/**
 * For stores whose time decides: those of Kafka Streams in memory drop rows one by one, and take time from records of a join that
 * have no value. Results that are sent when windows close have a store of their own only there.
 */
export const onRocks = (spec: TopologySpec): TopologySpec => ({ ...spec, stores: 'RocksDB' });

/** The stream of the topic `in`, as `s`. */
export const input: Step = { op: 'stream', topics: ['in'], as: 's' };

/** The stream of a topic, by the topic's name. */
export const stream = (topic: string, options: Options = {}): Step => ({
  op: 'stream',
  topics: [topic],
  as: topic,
  ...options,
});

/** The table of a topic, by the topic's name. */
export const table = (topic: string, options: Options = {}): Step => ({ op: 'table', topic, as: topic, ...options });

/** One operator from one result to another. */
export const step = (op: string, from: string, as: string, options: Options = {}): Step => ({
  op,
  from,
  as,
  ...options,
});

/** Writes a stream to a topic. */
export const to = (from: string, topic = 'out', options: Options = {}): Step => ({ op: 'to', from, topic, ...options });

/** Writes the changes of a table to a topic. */
export const changes = (from: string, topic = 'out'): readonly Step[] => [
  step('toStream', from, `${from} changes`),
  to(`${from} changes`, topic),
];
