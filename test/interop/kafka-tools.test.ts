import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { type KafkaTool, kafkaTool, runKafkaTool } from '../tools/kafka-tool.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import type { Said } from '../tools/tool-host.ts';
import { brokerForFile } from './broker-for-file.ts';

const jars = await ifAvailable("Kafka's own tools", () => classPath('kafka-4.3.1'));

/** Apache Kafka's broker goes by a change a little after its answer, and a shared virtual machine asks at once. */
const soon = { timeout: 60_000, interval: 50 };

describe.skipIf(jars === undefined)("Kafka's own tools 4.3.1", () => {
  const broker = brokerForFile();
  const tool = (name: KafkaTool, args: readonly string[], input = ''): Promise<string> =>
    kafkaTool(name, ['--bootstrap-server', broker().bootstrap, ...args], input);
  const attempt = (name: KafkaTool, args: readonly string[]): Promise<Said> =>
    runKafkaTool(name, ['--bootstrap-server', broker().bootstrap, ...args]);

  test('kafka-topics creates, lists, describes, alters and deletes a topic', async () => {
    const create = ['--create', '--topic', 'tools-topic', '--partitions', '3', '--config', 'retention.ms=86400000'];
    expect(await tool('kafka-topics', create)).toContain('Created topic tools-topic.');
    await expect.poll(() => tool('kafka-topics', ['--list']), soon).toMatch(/^tools-topic$/m);
    const describeTopic = () => tool('kafka-topics', ['--describe', '--topic', 'tools-topic']);
    const described = await describeTopic();
    expect(described).toMatch(
      /Topic: tools-topic\tTopicId: [\w-]{22}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: .*retention\.ms=86400000/,
    );
    expect(
      described.match(/\tTopic: tools-topic\tPartition: \d\tLeader: (\d+)\tReplicas: \1\tIsr: \1\t/g),
    ).toHaveLength(3);
    await tool('kafka-topics', ['--alter', '--topic', 'tools-topic', '--partitions', '4']);
    await expect.poll(describeTopic, soon).toContain('PartitionCount: 4');
    await tool('kafka-topics', ['--delete', '--topic', 'tools-topic']);
    await expect.poll(() => tool('kafka-topics', ['--list']), soon).not.toMatch(/^tools-topic$/m);
  });

  test('kafka-topics says what is wrong', async () => {
    await tool('kafka-topics', ['--create', '--topic', 'tools-twice']);
    const again = await attempt('kafka-topics', ['--create', '--topic', 'tools-twice']);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining("Topic 'tools-twice' already exists") });
    const replicated = await attempt('kafka-topics', [
      '--create',
      '--topic',
      'tools-wide',
      '--replication-factor',
      '3',
    ]);
    expect(replicated).toMatchObject({ code: 1, stdout: expect.stringMatching(/replication factor/i) });
  });

  test('kafka-configs shows and changes the settings of a topic', async () => {
    await tool('kafka-topics', ['--create', '--topic', 'tools-configs']);
    await expect.poll(() => tool('kafka-topics', ['--list']), soon).toContain('tools-configs');
    const entity = ['--entity-type', 'topics', '--entity-name', 'tools-configs'];
    await tool('kafka-configs', ['--alter', ...entity, '--add-config', 'cleanup.policy=compact,segment.bytes=1048576']);
    const configs = () => tool('kafka-configs', ['--describe', ...entity]);
    await expect
      .poll(configs, soon)
      .toContain('cleanup.policy=compact sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact');
    expect(await configs()).toContain('segment.bytes=1048576');
    await tool('kafka-configs', ['--alter', ...entity, '--delete-config', 'cleanup.policy']);
    await expect.poll(configs, soon).not.toContain('cleanup.policy=compact');
  });

  test('the console producer writes what the console consumer reads', async () => {
    const lines = Array.from({ length: 100 }, (_, n) => `k${n}\tline ${n}`);
    const producer = ['--topic', 'tools-console', '--reader-property', 'parse.key=true'];
    await tool('kafka-console-producer', producer, `${lines.join('\n')}\n`);
    const consumer = ['--topic', 'tools-console', '--from-beginning', '--max-messages', '100'];
    const read = await tool('kafka-console-consumer', [...consumer, '--formatter-property', 'print.key=true']);
    expect(read.trim().split('\n')).toEqual(lines);
  });

  test('kafka-consumer-groups lists, describes, resets and deletes a group', async () => {
    await tool('kafka-console-producer', ['--topic', 'tools-grouped'], 'a\nb\nc\n');
    const consume = ['--topic', 'tools-grouped', '--group', 'tools-group', '--from-beginning', '--max-messages', '2'];
    await tool('kafka-console-consumer', consume);
    expect(await tool('kafka-consumer-groups', ['--list'])).toMatch(/^tools-group$/m);
    expect(await describeGroup()).toMatch(/^tools-group +tools-grouped +0 +\S* *2 +3 +1 /m);
    const reset = [
      '--reset-offsets',
      '--to-earliest',
      '--topic',
      'tools-grouped',
      '--group',
      'tools-group',
      '--execute',
    ];
    expect(await tool('kafka-consumer-groups', reset)).toMatch(/tools-group +tools-grouped +0 +0/);
    expect(await describeGroup()).toMatch(/^tools-group +tools-grouped +0 +\S* *0 +3 +3 /m);
    await tool('kafka-consumer-groups', ['--delete', '--group', 'tools-group']);
    expect(await tool('kafka-consumer-groups', ['--list'])).not.toMatch(/^tools-group$/m);

    async function describeGroup(): Promise<string> {
      return tool('kafka-consumer-groups', ['--describe', '--group', 'tools-group']);
    }
  });

  test('kafka-get-offsets and kafka-delete-records see and move the ends of a log', async () => {
    await tool('kafka-console-producer', ['--topic', 'tools-ends'], 'a\nb\nc\n');
    const offsets = (time: string) => tool('kafka-get-offsets', ['--topic', 'tools-ends', '--time', time]);
    expect(await offsets('-1')).toBe('tools-ends:0:3\n');
    expect(await offsets('-2')).toBe('tools-ends:0:0\n');
    expect(await offsets('-3')).toMatch(/^tools-ends:0:[012]\n$/);
    const plan = JSON.stringify({ version: 1, partitions: [{ topic: 'tools-ends', partition: 0, offset: 2 }] });
    using scratch = scratchDirectory('plan');
    const file = join(scratch.path, 'plan.json');
    writeFileSync(file, plan);
    const deleted = await tool('kafka-delete-records', ['--offset-json-file', file]);
    expect(deleted).toMatch(/partition: tools-ends-0\tlow_watermark: 2/);
    expect(await offsets('-2')).toBe('tools-ends:0:2\n');
  });

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('the perf tools move records with codec %s', async (codec) => {
    const topic = `tools-perf-${codec}`;
    const load = ['--topic', topic, '--num-records', '20000', '--record-size', '200', '--throughput', '-1'];
    const bootstrap = `bootstrap.servers=${broker().bootstrap}`;
    const settings = ['--command-property', bootstrap, 'acks=all', `compression.type=${codec}`];
    const produced = await kafkaTool('kafka-producer-perf-test', [...load, ...settings]);
    expect(produced).toMatch(/^20000 records sent, /m);
    const consumed = await tool('kafka-consumer-perf-test', ['--topic', topic, '--num-records', '20000']);
    expect(consumed.trim().split('\n').at(-1)?.split(', ')[4]).toMatch(/^20\d{3}$/);
  });
});
