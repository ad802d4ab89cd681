import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { type KafkaTool, kafkaTool } from '../tools/kafka-tool.ts';
import { classPath } from '../tools/maven.ts';
import { brokerForFile } from './broker-for-file.ts';
import { dumpLogs } from './dump-log.ts';

const jars = await ifAvailable("Kafka's own tools", () => classPath('kafka-4.3.1'));

describe.skipIf(jars === undefined)("Kafka's own tools 4.3.1 and consumer groups of KIP-848", () => {
  const broker = brokerForFile({ 'offsets.topic.num.partitions': '1' });
  const tool = (name: KafkaTool, args: readonly string[], input = ''): Promise<string> =>
    kafkaTool(name, ['--bootstrap-server', broker().bootstrap, ...args], input);
  const consume = async (group: string, count: number, ...more: string[]) => {
    const protocol = ['--consumer-property', 'group.protocol=consumer'];
    const limits = ['--from-beginning', '--max-messages', String(count), '--timeout-ms', '60000'];
    const out = await tool('kafka-console-consumer', [...more, '--group', group, ...protocol, ...limits]);
    return out.split('\n').filter((line) => /^line-\d+$/.test(line));
  };
  const produce = (from: number, count: number) =>
    tool(
      'kafka-console-producer',
      ['--topic', 'next-protocol'],
      Array.from({ length: count }, (_, index) => `line-${from + index}\n`).join(''),
    );

  test('a Java consumer reads, goes, and its successor goes on from there', async () => {
    await tool('kafka-topics', ['--create', '--topic', 'next-protocol', '--partitions', '3']);
    await produce(0, 10);
    expect(await consume('readers', 10, '--topic', 'next-protocol')).toHaveLength(10);
    await produce(10, 5);
    const rest = await consume('readers', 5, '--include', 'next-.*');
    expect(rest.sort()).toEqual(['line-10', 'line-11', 'line-12', 'line-13', 'line-14']);
  }, 180_000);

  test('kafka-consumer-groups lists, describes, resets and deletes', async () => {
    expect(await tool('kafka-consumer-groups', ['--list', '--type', 'consumer', '--state'])).toMatch(
      /^readers\s+Consumer\s+Empty/m,
    );
    const state = await tool('kafka-consumer-groups', ['--describe', '--group', 'readers', '--state', '--verbose']);
    expect(state).toMatch(/^readers\s+127\.0\.0\.1:\d+\s+\(\d+\)\s+uniform\s+Empty\s+\d+\s+\d+\s+0/m);
    const reset = ['--reset-offsets', '--group', 'readers', '--topic', 'next-protocol', '--to-earliest', '--execute'];
    expect(await tool('kafka-consumer-groups', reset)).toMatch(/readers\s+next-protocol\s+0\s+0/);
    expect(await consume('readers', 15, '--topic', 'next-protocol')).toHaveLength(15);
    expect(await tool('kafka-consumer-groups', ['--delete', '--group', 'readers'])).toContain('readers');
    expect(await tool('kafka-consumer-groups', ['--list'])).not.toContain('readers');
  }, 180_000);

  test('kafka-dump-log decodes the records of consumer groups', async () => {
    expect(await consume('dumped', 15, '--topic', 'next-protocol')).toHaveLength(15);
    await broker().stop();
    const isOffsets = (folder: string) => folder.startsWith('__consumer_offsets-');
    const { complaints, stdout: dumped } = await dumpLogs(broker().dataDirectory, isOffsets);
    expect(complaints).toEqual([]);
    expect(dumped).not.toContain('Could not read');
    expect(dumped).toContain('key: {"type":"3","data":{"groupId":"dumped"}} payload: {"version":"0","data":{"epoch":2');
    expect(dumped).toMatch(/"type":"5",.*"subscribedTopicNames":\["next-protocol"\].*"classicMemberMetadata":null/);
    expect(dumped).toMatch(/"type":"8",.*"state":0,"assignedPartitions":\[\{.*"partitions":\[0,1,2\]/);
  }, 180_000);
});
