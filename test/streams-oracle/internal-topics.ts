import type { Topology } from '@nagare/streams';
import { internalTopicsOf } from '@nagare/streams/testing';

/** The internal topics of a topology with their settings, as Kafka Streams creates them. */
export function internalTopics(topology: Topology): Record<string, Record<string, string>> {
  const topics = internalTopicsOf(topology, 'test').map(({ name, configs, partitions }) => {
    const enforced = partitions === undefined ? {} : { partitions: String(partitions) };
    return [name, { ...configs, ...enforced }] as const;
  });
  return Object.fromEntries(topics);
}
