import { Child, type ChildOptions } from './child.ts';
import { classPath } from './maven.ts';
import { type Said, ToolHost } from './tool-host.ts';

/** Main classes of Kafka's own tools, by the name of the script that users know. */
export const kafkaTools = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-e2e-latency': 'org.apache.kafka.tools.EndToEndLatency',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'kafka-dump-log': 'org.apache.kafka.tools.DumpLogSegments',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'transactional-message-copier': 'org.apache.kafka.tools.TransactionalMessageCopier',
  'kafka-storage': 'kafka.tools.StorageTool',
  'kafka-features': 'org.apache.kafka.tools.FeatureCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-client-metrics': 'org.apache.kafka.tools.ClientMetricsCommand',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-delegation-tokens': 'org.apache.kafka.tools.DelegationTokenCommand',
  'kafka-groups': 'org.apache.kafka.tools.GroupsCommand',
  'kafka-share-groups': 'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
  'kafka-streams-groups': 'org.apache.kafka.tools.streams.StreamsGroupCommand',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
} as const;

export type KafkaTool = keyof typeof kafkaTools;

/** Arguments for the Java virtual machine that make a short-lived tool start sooner. */
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

/** A tool that reads as much as a test has written takes its time on a slow machine. */
const limitMs = 150_000;

/** How a tool of Kafka's is started as a process of its own. */
export interface KafkaToolOptions extends ChildOptions {
  /** Arguments for the virtual machine, in place of those for a quick start. */
  readonly jvm?: readonly string[];
}

/** Starts a tool of Kafka's as a process of its own: one that is measured, killed, or looked at while it runs. */
export async function startKafkaTool(
  tool: KafkaTool,
  args: readonly string[],
  options: KafkaToolOptions = {},
): Promise<Child> {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  const jars = await classPath('kafka-4.3.1');
  return new Child('java', [...(options.jvm ?? QUICK_START), quiet, '-cp', jars, kafkaTools[tool], ...args], options);
}

let shared: Promise<ToolHost> | undefined;

/** Runs a tool of Kafka's to its end, whatever its exit code; all of a process's tools share a virtual machine. */
export async function runKafkaTool(tool: KafkaTool, args: readonly string[], input = ''): Promise<Said> {
  shared ??= ToolHost.start('4.3.1');
  return (await shared).run(kafkaTools[tool], args, { input, limitMs });
}

/** Runs a tool of Kafka's and returns its standard output. Throws when it ends with another code than 0. */
export async function kafkaTool(tool: KafkaTool, args: readonly string[], input = ''): Promise<string> {
  const outcome = await runKafkaTool(tool, args, input);
  if (outcome.code === 0) return outcome.stdout;
  throw new Error(`${tool} ${args.join(' ')} ended with ${outcome.code}\n${outcome.stdout}\n${outcome.stderr}`);
}
