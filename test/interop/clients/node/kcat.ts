import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { run } from '../../../tools/child.ts';
import type { ReadRecord } from '../driver.ts';
import { serve } from './serve.ts';

const bootstrap = process.argv[2] as string;
const kcat = (args: readonly string[], input = '') => run('kcat', ['-b', bootstrap, ...args], { input });
const format = '%p %o %s\\n';

/** Members that stay in their groups until this process ends. */
const members: ChildProcess[] = [];
process.on('exit', () => {
  for (const member of members) member.kill('SIGKILL');
});

/** The first lines that kcat prints, while it goes on. */
function firstLines(args: readonly string[], count: number): Promise<string[]> {
  const child = spawn('kcat', ['-b', bootstrap, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  members.push(child);
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      if (lines.length === count) resolve(lines);
    });
    child.once('close', () => reject(new Error(`kcat ended after ${lines.length} lines`)));
  });
}

function toRecord(line: string): ReadRecord {
  const [partition = '', offset = '', ...value] = line.split(' ');
  return { partition: Number(partition), offset: Number(offset), value: value.join(' ') };
}

await serve({
  async produce({ topic, partition, codec, values }) {
    await kcat(['-P', '-t', topic, '-p', String(partition), '-z', codec], values.join('\n'));
  },

  // kcat has no commit of its own: it ends after `count` records and commits as it leaves.
  async consume({ topic, group, count }) {
    const settings = ['-X', 'auto.offset.reset=earliest', '-X', 'session.timeout.ms=6000'];
    const output = await kcat(['-G', group, ...settings, '-c', String(count), '-q', '-f', format, topic]);
    return { records: output.trimEnd().split('\n').map(toRecord) };
  },

  async readCommitted({ topic, count }) {
    const args = ['-C', '-t', topic, '-p', '0', '-o', 'beginning', '-X', 'isolation.level=read_committed'];
    const lines = await firstLines([...args, '-q', '-u', '-f', format], count);
    return { records: lines.map(toRecord) };
  },

  async offsetForTime({ topic, partition, timestamp }) {
    const output = await kcat(['-Q', '-t', `${topic}:${partition}:${timestamp}`]);
    return { offset: Number(/offset (-?\d+)/.exec(output)?.[1]) };
  },
});
