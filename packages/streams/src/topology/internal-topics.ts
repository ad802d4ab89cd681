import { changelogTopic, internalTopic } from './names.ts';
import { changelogTopicConfig, repartitionTopicConfig, type TopicConfig } from './topic-configs.ts';
import type { Topology } from './topology.ts';

/** A topic that an application makes for itself. */
export interface InternalTopic {
  /** Its full name. */
  readonly name: string;
  readonly kind: 'repartition' | 'changelog';
  /** Undefined: as many as the topics that feed it, or as the tasks that write it. */
  readonly partitions: number | undefined;
  readonly configs: TopicConfig;
}

/** The topics that a topology needs beside those that it names, with the settings that Kafka Streams gives them. */
export function internalTopicsOf(topology: Topology, applicationId: string): readonly InternalTopic[] {
  const repartition = topology.repartitionTopics.map(
    ({ name, partitions }): InternalTopic => ({
      name: internalTopic(applicationId, name),
      kind: 'repartition',
      partitions,
      configs: repartitionTopicConfig,
    }),
  );
  const stores = topology.subTopologies.flatMap((part) => part.stores.filter(({ logged }) => logged));
  const changelogs = stores.map(
    (store): InternalTopic => ({
      name: changelogTopic(applicationId, store.name),
      kind: 'changelog',
      partitions: undefined,
      configs: changelogTopicConfig(store),
    }),
  );
  return [...repartition, ...changelogs];
}
