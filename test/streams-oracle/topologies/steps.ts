import type { Step, TopologySpec } from '../topology-spec.ts';

type Options = Omit<Step, 'op'>;

/** A topology by name. */
export function topology(name: string, ...steps: readonly (Step | readonly Step[])[]): TopologySpec {
  return { name, steps: steps.flat() as readonly Step[] };
}

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
