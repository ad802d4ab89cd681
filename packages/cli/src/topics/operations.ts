import type { Admin, ConfigEntry, TopicDescription } from '@nagare/client';
import { connectAdmin } from '../bootstrap.ts';
import type {
  AlterOptions,
  CreateOptions,
  DeleteTopicsOptions,
  DescribeTopicsOptions,
  ListTopicsOptions,
} from '../commands/topics.ts';
import { printListing, renderTable } from '../output/listing.ts';
import { UsageError } from '../usage-error.ts';

export async function createTopics(names: readonly string[], options: CreateOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  const { partitions, replicationFactor, config, ifNotExists, dryRun } = options;
  const topics = names.map((topic) => ({
    topic,
    ...(partitions === undefined ? {} : { numPartitions: partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(config === undefined ? {} : { configEntries: config }),
  }));
  const created = await admin.createTopics({ topics, validateOnly: dryRun === true, failIfExists: !ifNotExists });
  for (const topic of created)
    say(topic.created ? `${would(dryRun, 'created')} ${topic.topic}` : `${topic.topic} exists`);
}

export async function listTopics({ internal, output, ...options }: ListTopicsOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  const listed = await admin.listTopics({ includeInternal: internal === true });
  const described = await describe(admin, listed.map(({ topic }) => topic).sort());
  await printListing(output, described.map(summaryOf), () => ({
    heads: ['topic', 'partitions', 'replicas'],
    rows: described.map(summaryOf).map(({ topic, partitions, replicas }) => [topic, partitions, replicas]),
  }));
}

function summaryOf({ topic, topicId, isInternal, partitions }: TopicDescription) {
  return { topic, topicId, isInternal, partitions: partitions.length, replicas: partitions[0]?.replicas.length ?? 0 };
}

export async function describeTopics(names: readonly string[], options: DescribeTopicsOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  const topics = await Promise.all((await describe(admin, names)).map((topic) => detailsOf(admin, topic)));
  if (options.output === 'json') return printListing('json', topics, () => ({ heads: [], rows: [] }));
  for (const [index, topic] of topics.entries()) say(`${index === 0 ? '' : '\n'}${await detailsText(topic)}`);
}

type TopicDetails = Awaited<ReturnType<typeof detailsOf>>;

async function detailsOf(admin: Admin, { topic, topicId, isInternal, partitions }: TopicDescription) {
  const ends = (at: 'earliest' | 'latest') =>
    admin.listOffsets({ partitions: partitions.map(({ partition }) => ({ topic, partition, at })) });
  const [earliest, latest, [configs]] = await Promise.all([
    ends('earliest'),
    ends('latest'),
    admin.describeConfigs({ resources: [{ type: 'topic', name: topic }] }),
  ]);
  const offsetIn = (offsets: typeof earliest, partition: number) =>
    offsets.find((offset) => offset.partition === partition)?.offset ?? null;
  return {
    topic,
    topicId,
    isInternal,
    configs: configsOf(configs?.entries ?? []),
    partitions: partitions.map((partition) => ({
      ...partition,
      startOffset: offsetIn(earliest, partition.partition),
      endOffset: offsetIn(latest, partition.partition),
    })),
  };
}

/** The settings that were made for the topic itself. */
function configsOf(entries: readonly ConfigEntry[]): Record<string, string | null> {
  const own = entries.filter(({ source }) => source === 'topic');
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}

async function detailsText({ topic, topicId, configs, partitions }: TopicDetails): Promise<string> {
  const set = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  const table = await renderTable({
    heads: ['partition', 'leader', 'epoch', 'replicas', 'isr', 'start', 'end'],
    rows: partitions.map((each) => [
      each.partition,
      each.leader,
      each.leaderEpoch,
      each.replicas.join(','),
      each.isr.join(','),
      each.startOffset,
      each.endOffset,
    ]),
  });
  return `${topic} (${topicId})\n${set.map((line) => `  ${line}\n`).join('')}${table}`;
}

export async function deleteTopics(names: readonly string[], options: DeleteTopicsOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  if (options.dryRun) await admin.describeTopics({ topics: names });
  else await admin.deleteTopics({ topics: names });
  for (const name of names) say(`${would(options.dryRun, 'deleted')} ${name}`);
}

export async function alterTopic(name: string, options: AlterOptions): Promise<void> {
  const { partitions, config = {}, deleteConfig = [], dryRun = false } = options;
  const changes = [
    ...Object.entries(config).map(([key, value]) => ({ name: key, operation: 'set' as const, value })),
    ...deleteConfig.map((key) => ({ name: key, operation: 'delete' as const })),
  ];
  if (partitions === undefined && changes.length === 0) {
    throw new UsageError('nothing to alter: give --partitions, --config or --delete-config');
  }
  await using admin = await connectAdmin(options);
  if (changes.length > 0) {
    await admin.alterConfigs({ resources: [{ type: 'topic', name, changes }], validateOnly: dryRun });
  }
  if (partitions !== undefined) {
    await admin.createPartitions({ topics: [{ topic: name, count: partitions }], validateOnly: dryRun });
  }
  say(`${would(dryRun, 'altered')} ${name}`);
}

/** Descriptions of topics; none when there is none to ask for. */
function describe(admin: Admin, topics: readonly string[]): Promise<readonly TopicDescription[]> {
  return topics.length === 0 ? Promise.resolve([]) : admin.describeTopics({ topics });
}

function would(dryRun: boolean | undefined, done: string): string {
  return dryRun ? `would be ${done}:` : done;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
