import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { type KafkaTool, kafkaTool, runKafkaTool } from '../tools/kafka-tool.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const jars = await ifAvailable("Kafka's own tools", () => classPath('kafka-4.3.1'));

/** Apache Kafka's broker goes by a change a little after its answer, and a shared virtual machine asks at once. */
const soon = { timeout: 60_000, interval: 50 };

describe.skipIf(jars === undefined)("Kafka's tools for administrators, 4.3.1", () => {
  const broker = brokerForFile();
  const tool = (name: KafkaTool, args: readonly string[]): Promise<string> =>
    kafkaTool(name, ['--bootstrap-server', broker().bootstrap, ...args]);
  const attempt = async (name: KafkaTool, args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await runKafkaTool(name, ['--bootstrap-server', broker().bootstrap, ...args]);
    return stdout + stderr;
  };

  beforeAll(async () => {
    await tool('kafka-topics', ['--create', '--topic', 'admin', '--partitions', '2']);
    const isThere = async () => (await tool('kafka-topics', ['--list'])).includes('admin') || undefined;
    await waitFor(isThere, { what: 'the topic', timeoutMs: 60_000 });
  });

  test('kafka-features describes and changes levels', async () => {
    const described = await tool('kafka-features', ['describe']);
    const levels = described
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).filter((_, index) => index % 2 === 1));
    expect(levels.map(([name, min, max, level]) => [name, min, max, level])).toEqual([
      ['eligible.leader.replicas.version', '0', '1', '1'],
      ['group.version', '0', '1', '1'],
      ['kraft.version', '0', '1', '0'],
      ['metadata.version', '3.3-IV3', '4.3-IV0', '4.3-IV0'],
      ['share.version', '0', '1', '1'],
      ['streams.version', '0', '1', '1'],
      ['transaction.version', '0', '2', '2'],
    ]);
    const lower = ['downgrade', '--feature', 'streams.version=0'];
    expect(await tool('kafka-features', [...lower, '--dry-run'])).toBe('streams.version can be downgraded to 0.\n');
    expect(await tool('kafka-features', lower)).toBe('streams.version was downgraded to 0.\n');
    expect(await attempt('kafka-features', ['upgrade', '--feature', 'transaction.version=3'])).toContain(
      'Invalid update version 3 for feature transaction.version. Local controller 1 only supports versions 0-2',
    );
  });

  test('kafka-metadata-quorum and kafka-cluster tell who there is', async () => {
    expect(await tool('kafka-metadata-quorum', ['describe', '--status'])).toMatch(/LeaderId: +1\nLeaderEpoch: +\d+\n/);
    const replicas = (await tool('kafka-metadata-quorum', ['describe', '--replication'])).trim().split('\n');
    expect(replicas.at(-1)).toMatch(/^1 .*\t0 .*Leader/);
    const cluster = (args: readonly string[]) =>
      kafkaTool('kafka-cluster', [...args, '--bootstrap-server', broker().bootstrap]);
    expect(await cluster(['cluster-id'])).toMatch(/^Cluster ID: \S{22}$/m);
    expect(await cluster(['list-endpoints'])).toMatch(/^1 +127\.0\.0\.1 +\d+ +null +unfenced +broker/m);
  });

  test('kafka-broker-api-versions finds no key that it cannot use', async () => {
    const versions = await tool('kafka-broker-api-versions', []);
    expect(versions).toContain('Fetch(1): 4 to 18 [usable: 18]');
    expect(versions).toContain('DescribeTopicPartitions(75): 0 [usable: 0]');
    expect(versions).not.toContain('UNKNOWN');
  });

  test('kafka-log-dirs tells sizes', async () => {
    const logDir = async () => {
      const told = await tool('kafka-log-dirs', ['--describe', '--topic-list', 'admin']);
      return JSON.parse(told.trim().split('\n').at(-1) ?? '{}').brokers[0].logDirs[0];
    };
    const partitions = async () =>
      (await logDir()).partitions.map(({ partition }: { partition: string }) => partition).sort();
    await expect.poll(partitions, soon).toEqual(['admin-0', 'admin-1']);
    expect(await logDir()).toMatchObject({ error: null, logDir: broker().dataDirectory });
  });

  test('kafka-leader-election finds leaders that lead already', async () => {
    const one = ['--election-type', 'preferred', '--topic', 'admin', '--partition', '0'];
    expect(await tool('kafka-leader-election', one)).toBe('Valid replica already elected for partitions admin-0\n');
    expect(await tool('kafka-leader-election', ['--election-type', 'unclean', '--all-topic-partitions'])).toBe('');
  });

  test('kafka-reassign-partitions executes, verifies and lists', async () => {
    using scratch = scratchDirectory('reassign');
    const file = join(scratch.path, 'plan.json');
    const partitions = [{ topic: 'admin', partition: 0, replicas: [1], log_dirs: ['any'] }];
    writeFileSync(file, JSON.stringify({ version: 1, partitions }));
    const plan = ['--reassignment-json-file', file];
    expect(await tool('kafka-reassign-partitions', ['--execute', ...plan, '--throttle', '1000'])).toContain(
      'Successfully started partition reassignment for admin-0',
    );
    const verified = await tool('kafka-reassign-partitions', ['--verify', ...plan]);
    expect(verified).toContain('Reassignment of partition admin-0 is completed.');
    expect(verified).toContain('Clearing topic-level throttles on topic admin');
    await expect
      .poll(() => tool('kafka-reassign-partitions', ['--list']), soon)
      .toBe('No partition reassignments found.\n');
  });

  test('kafka-configs changes brokers, groups and subscriptions to metrics', async () => {
    const configs = (...args: string[]) => tool('kafka-configs', args);
    const all = ['--entity-type', 'brokers', '--entity-default'];
    await configs('--alter', ...all, '--add-config', 'log.retention.ms=86400000');
    await expect
      .poll(() => configs('--describe', ...all), soon)
      .toContain(
        'log.retention.ms=86400000 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=86400000}',
      );
    const topic = ['--describe', '--all', '--entity-type', 'topics', '--entity-name', 'admin'];
    await expect.poll(() => configs(...topic), soon).toContain('retention.ms=86400000 sensitive=false');
    await configs('--alter', ...all, '--delete-config', 'log.retention.ms');
    const group = ['--entity-type', 'groups', '--entity-name', 'admin-group'];
    await configs('--alter', ...group, '--add-config', 'consumer.session.timeout.ms=50000');
    await expect
      .poll(() => configs('--describe', '--entity-type', 'groups'), soon)
      .toContain('consumer.session.timeout.ms=50000 sensitive=false synonyms={DYNAMIC_GROUP_CONFIG:');
    const metrics = ['--entity-type', 'client-metrics', '--entity-name', 'admin-metrics'];
    await configs('--alter', ...metrics, '--add-config', 'interval.ms=1000');
    await expect.poll(() => tool('kafka-client-metrics', ['--list']), soon).toContain('admin-metrics');
  });

  test('kafka-topics finds partitions with too few replicas', async () => {
    const few = ['--create', '--topic', 'admin-few', '--config', 'min.insync.replicas=2'];
    await tool('kafka-topics', few);
    const partition = '\tTopic: admin-few\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n';
    await expect.poll(() => tool('kafka-topics', ['--describe', '--under-min-isr-partitions']), soon).toBe(partition);
    expect(await tool('kafka-topics', ['--describe', '--at-min-isr-partitions'])).not.toContain('admin-few');
  });
});
