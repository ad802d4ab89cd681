import type { World } from '../world/world.ts';

/** Makes a topic, and gives its partitions keys. */
export async function createTopic(
  world: World,
  topic: string,
  options: { readonly partitions: number; readonly configs?: Readonly<Record<string, string>> },
): Promise<number[]> {
  await using admin = world.helper().admin();
  const { partitions: numPartitions, configs: configEntries = {} } = options;
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] });
  return Array.from({ length: numPartitions }, (_, partition) => world.keyOf({ topic, partition }));
}
