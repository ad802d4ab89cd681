import type { NewTopic } from '@nagare/client';
import { StreamsError } from '../errors.ts';
import { planPartitions, taskCount } from '../topology/copartition.ts';
import { internalTopicsOf } from '../topology/internal-topics.ts';
import { changelogTopic, internalTopic, topicNames } from '../topology/names.ts';
import type { Topology } from '../topology/topology.ts';
import type { StreamsAdmin } from './streams-client.ts';

/** The topics of a running application, by their real names. */
export interface ApplicationTopics {
  /** Partitions of everything it reads. */
  readonly partitionsOf: ReadonlyMap<string, number>;
  /** Ids of changelog topics, by the stores' names: a store on disk belongs to the topic with this id. */
  readonly changelogIds: ReadonlyMap<string, string>;
  readonly repartitionTopics: ReadonlySet<string>;
}

/**
 * Looks at the topics that an application reads, and creates those that are its own.
 *
 * @throws {StreamsError} `NAGARE_STREAMS_TOPIC_MISSING`, `NAGARE_STREAMS_NOT_COPARTITIONED`, or
 * `NAGARE_STREAMS_INTERNAL_TOPIC` when a topic of its own has another number of partitions than it needs.
 */
export async function prepareTopics(
  admin: StreamsAdmin,
  topology: Topology,
  { applicationId, replicationFactor }: { readonly applicationId: string; readonly replicationFactor: number },
): Promise<ApplicationTopics> {
  const own = new Set(topology.repartitionTopics.map(({ name }) => name));
  const globals = topology.globalTables.map(({ topic }) => topic);
  const sources = [
    ...topology.subTopologies.flatMap((part) => part.sources.flatMap(({ topics }) => topics)),
    ...globals,
  ];
  const counts = await describe(
    admin,
    sources.filter((topic) => !own.has(topic)),
  );
  const planned = planPartitions(topology, counts);
  const known = new Map([...counts, ...planned]);
  const changelogs = topology.subTopologies.flatMap((part) =>
    part.stores
      .filter((store) => store.logged)
      .map((store) => ({
        store,
        topic: changelogTopic(applicationId, store.name),
        partitions: taskCount(part, known),
      })),
  );
  const ownPartitions = new Map([
    ...[...planned].map(([name, partitions]) => [internalTopic(applicationId, name), partitions] as const),
    ...changelogs.map(({ topic, partitions }) => [topic, partitions] as const),
  ]);
  const wanted = internalTopicsOf(topology, applicationId).map(
    ({ name, configs }): NewTopic => ({
      ...{ topic: name, configEntries: configs, replicationFactor },
      numPartitions: ownPartitions.get(name) as number,
    }),
  );
  const ids = await create(admin, wanted);
  const nameOf = topicNames(applicationId, topology.repartitionTopics);
  return {
    partitionsOf: new Map([...known].map(([name, partitions]) => [nameOf(name), partitions])),
    changelogIds: new Map(changelogs.map(({ store, topic }) => [store.name, ids.get(topic) as string])),
    repartitionTopics: new Set([...own].map(nameOf)),
  };
}

async function describe(admin: StreamsAdmin, topics: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const topic of new Set(topics)) {
    try {
      const [description] = await admin.describeTopics({ topics: [topic] });
      if (description !== undefined) counts.set(topic, description.partitions.length);
    } catch (error) {
      if ((error as { kafka?: unknown }).kafka !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      throw new StreamsError('NAGARE_STREAMS_TOPIC_MISSING', topic, { cause: error });
    }
  }
  return counts;
}

/** Creates what is missing, checks what was there, and gives the ids of all. */
async function create(admin: StreamsAdmin, wanted: readonly NewTopic[]): Promise<Map<string, string>> {
  if (wanted.length === 0) return new Map();
  await admin.createTopics({ topics: wanted });
  const found = await admin.describeTopics({ topics: wanted.map(({ topic }) => topic) });
  const foundOf = new Map(found.map((description) => [description.topic, description]));
  for (const { topic, numPartitions } of wanted) {
    const has = foundOf.get(topic)?.partitions.length;
    if (has === numPartitions) continue;
    const detail = `${topic} has ${has} partitions and needs ${numPartitions}; reset the application or rename it`;
    throw new StreamsError('NAGARE_STREAMS_INTERNAL_TOPIC', detail);
  }
  return new Map(found.map(({ topic, topicId }) => [topic, topicId]));
}
