import { join } from 'node:path';
import { run } from '../../tools/child.ts';
import { compiledJava } from '../../tools/java.ts';
import { kcat } from '../../tools/kcat.ts';
import type { Distribution } from '../../tools/maven.ts';
import { cacheDirectory, repositoryRoot } from '../../tools/paths.ts';
import { python } from '../../tools/python.ts';

const folder = join(repositoryRoot, 'test/interop/clients');
const allCodecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** A client in one version: how it is installed, and what it has. */
export interface Client {
  readonly name: string;
  readonly version: string;
  readonly language: string;
  /** Installs what the client needs; gives the command line of its driver, which gets the bootstrap address behind it. */
  readonly install: () => Promise<readonly string[]>;
  readonly codecs: readonly string[];
  readonly groups: readonly ('classic' | 'consumer')[];
  readonly hasAdmin: boolean;
  /** What a fenced producer is told at its commit; undefined for a client without transactions. */
  readonly fenced?: RegExp;
  /** What the client must say of the features that it found in the broker. */
  readonly features?: RegExp;
  /** Why it does not send timestamps of ours, or commits only as it leaves. */
  readonly sendsTimestamps?: false;
  readonly commitsOnLeave?: true;
}

/** Every client that is tested, in the order of the README. */
export const clients: readonly Client[] = [
  kafkaPython('2.0.2', { codecs: ['none', 'gzip', 'snappy', 'lz4'], fenced: undefined }),
  kafkaPython('3.0.12', { codecs: allCodecs, fenced: /Fenced|InvalidProducerEpoch/ }),
  confluentKafka('2.0.2'),
  confluentKafka('2.5.3'),
  confluentKafka('2.11.1', ['classic', 'consumer']),
  confluentKafka('2.16.1', ['classic', 'consumer']),
  {
    name: 'kcat (librdkafka)',
    version: "Debian's",
    language: 'C',
    install: async () => {
      await kcat();
      return node('kcat');
    },
    codecs: allCodecs,
    groups: ['classic'],
    hasAdmin: false,
    sendsTimestamps: false,
    commitsOnLeave: true,
  },
  {
    name: 'kafkajs',
    version: '2.2.4',
    language: 'JavaScript',
    install: async () => node('kafkajs'),
    codecs: allCodecs,
    groups: ['classic'],
    hasAdmin: true,
    fenced: /INVALID_PRODUCER_EPOCH|PRODUCER_FENCED/,
  },
  {
    name: '@platformatic/kafka',
    version: '1.35.0',
    language: 'JavaScript',
    install: async () => node('platformatic'),
    codecs: ['none', 'gzip', 'snappy', 'lz4'], // It takes zstd from newer versions of Node.
    groups: ['classic'],
    hasAdmin: true,
    // No transactions: it sends sequence numbers that Apache Kafka refuses too (OUT_OF_ORDER_SEQUENCE_NUMBER).
  },
  go('franz-go', '1.22.2', 'franz', /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/),
  go('sarama', '1.61.1', 'sarama', /fenced|epoch|Error code = 90/i),
  go('kafka-go', '0.4.51', 'kafkago'),
  java('3.9.2'),
  java('4.4.0'),
];

function kafkaPython(version: string, has: Pick<Client, 'codecs'> & { readonly fenced: RegExp | undefined }): Client {
  return {
    name: 'kafka-python',
    version,
    language: 'Python',
    install: () => pythonDriver(`kafka-python==${version}`, 'kafka_python', ['python-snappy', 'lz4', 'zstandard']),
    codecs: has.codecs,
    groups: ['classic'],
    hasAdmin: true,
    ...(has.fenced === undefined ? {} : { fenced: has.fenced }),
  };
}

function confluentKafka(version: string, groups: Client['groups'] = ['classic']): Client {
  return {
    name: 'confluent-kafka (librdkafka)',
    version,
    language: 'Python',
    install: () => pythonDriver(`confluent-kafka==${version}`, 'confluent'),
    codecs: allCodecs,
    groups,
    hasAdmin: true,
    fenced: /_FENCED|PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/,
    // Compression, idempotence and groups are used only when librdkafka finds them in the broker's version ranges.
    features: /^(?=.*MsgVer2)(?=.*ZSTD)(?=.*LZ4)(?=.*IdempotentProducer)(?=.*BrokerBalancedConsumer)/ms,
  };
}

function go(name: string, version: string, folderName: string, fenced?: RegExp): Client {
  return {
    name,
    version,
    language: 'Go',
    install: () => goDriver(folderName),
    codecs: allCodecs,
    groups: ['classic'],
    hasAdmin: true,
    ...(fenced === undefined ? {} : { fenced }),
  };
}

function java(version: '3.9.2' | '4.4.0'): Client {
  return {
    name: 'kafka-clients',
    version,
    language: 'Java',
    install: () => javaDriver(`clients-${version}`),
    codecs: allCodecs,
    groups: version === '4.4.0' ? ['classic', 'consumer'] : ['classic'],
    hasAdmin: true,
    fenced: /ProducerFencedException|InvalidProducerEpochException/,
  };
}

function node(name: string): string[] {
  const sources = ['--import', 'tsx', '--conditions=@nagare/source'];
  return [process.execPath, ...sources, join(folder, 'node', `${name}.ts`)];
}

async function pythonDriver(requirement: string, name: string, more: readonly string[] = []): Promise<string[]> {
  const { command } = await python(requirement, more);
  return [command, '-u', join(folder, 'python', `${name}.py`)];
}

async function goDriver(name: string): Promise<string[]> {
  const binary = join(cacheDirectory('go'), name);
  await run('go', ['build', '-o', binary, `./${name}`], { cwd: join(folder, 'go') });
  return [binary];
}

/** What it does goes to standard error, with times; what it is configured with would leave no room for that. */
const javaLogs = [
  ...['defaultLogLevel=info', 'showDateTime=true', 'dateTimeFormat=HH:mm:ss.SSS'],
  ...['common.config.AbstractConfig', 'clients.consumer.ConsumerConfig', 'clients.producer.ProducerConfig'].map(
    (name) => `log.org.apache.kafka.${name}=warn`,
  ),
].map((setting) => `-Dorg.slf4j.simpleLogger.${setting}`);

async function javaDriver(distribution: Distribution): Promise<string[]> {
  const classes = await compiledJava(join(folder, 'java/Driver.java'), distribution);
  return ['java', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...javaLogs, '-cp', classes, 'Driver'];
}
