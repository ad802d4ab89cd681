import { describe, expect, test } from 'vitest';
import { BrokerError } from '../errors.ts';
import { listenersOf } from './listeners.ts';
import { dataDirectoryOf, resolveSettings, type SettingSources } from './resolve-settings.ts';

/** The error that the sources end in. */
function fault(sources: SettingSources): BrokerError {
  try {
    resolveSettings(sources);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('The settings were accepted');
}

describe('resolveSettings', () => {
  test('flags come before the environment, the file and the defaults', () => {
    const fileText = 'num.partitions=2\nmessage.max.bytes=2\nfetch.max.bytes=2048\n';
    const environment = { KAFKA_NUM_PARTITIONS: '3', KAFKA_MESSAGE_MAX_BYTES: '3' };
    const settings = resolveSettings({ flags: { 'num.partitions': 4 }, environment, fileText });
    expect(settings).toMatchObject({
      numPartitions: 4,
      messageMaxBytes: 3,
      fetchMaxBytes: 2048,
      groupMaxSize: 2 ** 31 - 1,
    });
    expect(settings.given).toEqual(
      new Map([
        ['num.partitions', '4'],
        ['message.max.bytes', '3'],
        ['fetch.max.bytes', '2048'],
      ]),
    );
  });

  test('takes the environment of the official image', () => {
    const settings = resolveSettings({
      environment: {
        KAFKA_NODE_ID: '2',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
        KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT_HOST://localhost:9092,PLAINTEXT://broker:19092',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '2@broker:29093',
        KAFKA_LISTENERS: 'CONTROLLER://:29093,PLAINTEXT_HOST://:9092,PLAINTEXT://:19092',
        KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
        KAFKA_LOG_DIRS: '/tmp/kraft-combined-logs',
        KAFKA_HEAP_OPTS: '-Xmx1g',
        KAFKA_LOG4J_ROOT_LOGLEVEL: 'WARN',
        KAFKA_PORT: 'tcp://10.0.0.1:9092',
        KAFKA_SERVICE_HOST: '10.0.0.1',
        NAGARE_DURABILITY: 'os',
        NAGARE_BOOTSTRAP: 'localhost:9092',
        NAGARE_SEED: '7',
        PATH: '/bin',
      },
    });
    expect(settings).toMatchObject({
      nodeId: 2,
      nagareClusterId: '4L6g3nShT-eMCtK--X86sw',
      nagareDurability: 'os',
      groupInitialRebalanceDelayMs: 0,
    });
    expect(dataDirectoryOf(settings)).toBe('/tmp/kraft-combined-logs');
    expect(listenersOf(settings)).toEqual([
      { name: 'PLAINTEXT_HOST', host: '0.0.0.0', port: 9092, advertised: { host: 'localhost', port: 9092 } },
      { name: 'PLAINTEXT', host: '0.0.0.0', port: 19_092, advertised: { host: 'broker', port: 19_092 } },
    ]);
  });

  test("takes the names of Kafka's own server.properties", () => {
    const fileText = [
      ...['process.roles=broker,controller', 'node.id=1', 'controller.quorum.bootstrap.servers=localhost:9093'],
      ...['listeners=PLAINTEXT://:9092,CONTROLLER://:9093', 'inter.broker.listener.name=PLAINTEXT'],
      'advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
      ...['controller.listener.names=CONTROLLER', 'num.network.threads=3', 'num.io.threads=8', 'num.partitions=1'],
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL',
      ...['socket.send.buffer.bytes=102400', 'socket.receive.buffer.bytes=102400', 'log.dirs=/data'],
      ...['num.recovery.threads.per.data.dir=1', 'offsets.topic.replication.factor=1'],
      ...['share.coordinator.state.topic.replication.factor=1', 'share.coordinator.state.topic.min.isr=1'],
      ...['transaction.state.log.replication.factor=1', 'transaction.state.log.min.isr=1', 'log.retention.hours=168'],
      ...['log.segment.bytes=1073741824', 'log.retention.check.interval.ms=300000'],
    ].join('\n');
    expect(listenersOf(resolveSettings({ fileText })).map(({ name }) => name)).toEqual(['PLAINTEXT']);
  });

  test('binds to loopback unless told otherwise', () => {
    const [listener] = listenersOf(resolveSettings());
    expect(listener).toEqual({ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092, advertised: undefined });
  });

  test('broker.id stands for node.id', () => {
    expect(resolveSettings({ fileText: 'broker.id=5' }).nodeId).toBe(5);
  });

  test('an unknown setting is named, with its place and the nearest name', () => {
    const error = fault({ environment: { KAFKA_LOG_RETENTION_MSS: '1' } });
    expect(error.code).toBe('NAGARE_BROKER_SETTING_UNKNOWN');
    expect(error.message).toBe(
      'The broker has no such setting (log.retention.mss, from variable KAFKA_LOG_RETENTION_MSS; did you mean log.retention.ms?)',
    );
    expect(fault({ flags: { 'nothing.like.it.at.all': 1 } }).message).not.toContain('did you mean');
    expect(fault({ environment: { NAGARE_DURABILTY: 'os' } }).message).toContain('did you mean nagare.durability?');
    expect(fault({ environment: { KAFKA_CLUSTER_ID: 'x' } }).message).toContain('nagare.cluster.id');
    expect(fault({ fileText: 'zookeeper.connect=x' }).message).toContain('no ZooKeeper since 4.0');
    expect(fault({ flags: { constructor: 1 } }).code).toBe('NAGARE_BROKER_SETTING_UNKNOWN');
  });

  test.each([
    ['num.partitions=0', 'Value must be at least 1'],
    ['num.partitions=many', 'Not a number of type INT'],
    ['num.partitions=3000000000', 'Not a number of type INT'],
    ['auto.create.topics.enable=yes', 'Expected value to be either true or false'],
    ['nagare.durability=maybe', 'String must be one of: fsync, os, memory'],
    ['log.cleanup.policy=delete,forget', 'String must be one of: compact, delete'],
    ['listeners=localhost:9092', 'listeners must look like'],
    ['listeners=PLAINTEXT://:9092,PLAINTEXT://:9093', 'PLAINTEXT twice'],
    ['listeners=SSL://:9092', 'speaks PLAINTEXT only'],
    ['listeners=MINE://:9092', 'no protocol for MINE'],
    ['listeners=CONTROLLER://:9093', 'none for clients'],
    ['listeners=PLAINTEXT://:99999', 'listeners must look like'],
    ['advertised.listeners=PLAINTEXT://0.0.0.0:9092', 'a host that clients can reach'],
    ['advertised.listeners=OTHER://localhost:9092', 'which listeners lacks'],
    ['process.roles=controller', 'must include broker'],
    ['controller.quorum.voters=1@a:1,2@b:1', 'may name node 1 alone'],
    ['controller.quorum.voters=a:1', 'must look like'],
    ['node.id=1\nbroker.id=2', 'give one of them'],
    ['log.dirs=/a,/b', 'one directory'],
    ['nagare.cluster.id=no spaces', 'letters, digits'],
    ['group.min.session.timeout.ms=9\ngroup.max.session.timeout.ms=8', 'is above'],
    ['num.partitions=\\u12', 'four hexadecimal digits'],
  ])('refuses %j', (fileText, message) => {
    const error = fault({ fileText });
    expect(error.code).toBe('NAGARE_BROKER_SETTING_INVALID');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });
});
