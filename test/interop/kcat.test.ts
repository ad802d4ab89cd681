import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { run } from '../tools/child.ts';
import { kcat } from '../tools/kcat.ts';
import { brokerForFile } from './broker-for-file.ts';

const command = await ifAvailable('kcat', kcat);
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

describe.skipIf(command === undefined)('kcat', () => {
  const broker = brokerForFile();
  const runKcat = (args: readonly string[], input = '') =>
    run('kcat', ['-b', broker().bootstrap, '-X', 'topic.metadata.refresh.interval.ms=100', ...args], { input });

  test.each(codecs)('produces and consumes with codec %s', async (codec) => {
    const topic = `kcat-${codec}`;
    const lines = Array.from({ length: 2000 }, (_, n) => `key${n}:value ${n} ${'x'.repeat(n % 200)}`);
    await runKcat(['-P', '-t', topic, '-z', codec, '-K', ':', '-p', '0'], lines.join('\n'));
    const read = await runKcat(['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%o %k:%s\n']);
    expect(read.trim().split('\n')).toEqual(lines.map((line, n) => `${n} ${line}`));
  });

  test('keeps headers and null values', async () => {
    await runKcat(['-P', '-t', 'kcat-headers', '-H', 'a=1', '-H', 'b=2', '-Z', '-K', ':', '-p', '0'], 'k:');
    const read = await runKcat(['-C', '-t', 'kcat-headers', '-o', 'beginning', '-e', '-q', '-f', '%h %k %S\n']);
    expect(read).toBe('a=1,b=2 k -1\n');
  });

  test('lists brokers and topics', async () => {
    await runKcat(['-P', '-t', 'kcat-listed'], 'x');
    const metadata = JSON.parse(await runKcat(['-L', '-J'])) as {
      readonly brokers: readonly { readonly name: string }[];
      readonly topics: readonly { readonly topic: string; readonly partitions: readonly unknown[] }[];
    };
    expect(metadata.brokers.map(({ name }) => name)).toEqual([broker().bootstrap]);
    expect(metadata.topics.find(({ topic }) => topic === 'kcat-listed')?.partitions).toHaveLength(1);
  });

  test('asks for offsets by time', async () => {
    await runKcat(['-P', '-t', 'kcat-times'], 'a\nb\nc');
    const read = await runKcat(['-C', '-t', 'kcat-times', '-o', 'beginning', '-e', '-q', '-f', '%T\n']);
    const firstTimestamp = Number(read.split('\n')[0]);
    expect(await runKcat(['-Q', '-t', `kcat-times:0:${firstTimestamp}`])).toBe('kcat-times [0] offset 0\n');
    expect(await runKcat(['-Q', '-t', 'kcat-times:0:-1'])).toBe('kcat-times [0] offset 3\n');
    expect(await runKcat(['-Q', '-t', 'kcat-times:0:-2'])).toBe('kcat-times [0] offset 0\n');
  });

  test('consumes as a group and resumes where the group stopped', async () => {
    const consume = () =>
      runKcat(['-G', 'kcat-group', '-X', 'auto.offset.reset=earliest', '-e', '-q', '-f', '%s\n', 'kcat-grouped']);
    await runKcat(['-P', '-t', 'kcat-grouped'], 'a\nb');
    expect(await consume()).toBe('a\nb\n');
    await runKcat(['-P', '-t', 'kcat-grouped'], 'c');
    expect(await consume()).toBe('c\n');
  });
});
