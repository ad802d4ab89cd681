import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Client, createClient } from '@nagare/client';
import { int64, type Serde, string, type Windowed, windowed } from '@nagare/serdes';
import { afterAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { Child } from '../tools/child.ts';
import { repositoryRoot, scratchDirectory } from '../tools/paths.ts';
import { rsyslogd } from '../tools/rsyslog.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const program = await ifAvailable('rsyslog-kafka', rsyslogd);
const example = join(repositoryRoot, 'examples/log-analytics');
const topics = { errors: 'errors-per-minute', alerts: 'alerts', archive: 'archive' } as const;
const minuteKeySerde = windowed(string, 60_000);
type MinuteKey = Windowed<string>;

/** Priorities of syslog: the facility user, with a severity. */
const err = 11;
const info = 14;

describe.skipIf(program === undefined)('rsyslog and the example of log analytics', () => {
  const broker = brokerForFile();
  const scratch = scratchDirectory('rsyslog');
  const children: Child[] = [];
  afterAll(async () => {
    for (const child of children) await child.end('SIGKILL');
    scratch[Symbol.dispose]();
  });

  /** The example's configuration, with a port that is free and this broker. */
  const startRsyslog = async () => {
    const portFile = join(scratch.path, 'port');
    const configuration = readFileSync(join(example, 'rsyslog.conf'), 'utf8')
      .replace('localhost:9092', broker().bootstrap)
      .replace('port="5514"', `port="0" listenPortFileName="${portFile}"`);
    writeFileSync(join(scratch.path, 'rsyslog.conf'), configuration);
    const files = ['-f', join(scratch.path, 'rsyslog.conf'), '-i', join(scratch.path, 'pid')];
    const child = new Child(program as string, ['-n', ...files]);
    children.push(child);
    const port = () => Number(readFileSync(portFile, 'utf8')) || undefined;
    return { child, port: await waitFor(port, { what: `rsyslog to listen\n${child.tail()}`, timeoutMs: 60_000 }) };
  };

  const follow = async () => {
    const node = ['--import', 'tsx', '--conditions=@nagare/source', join(example, 'follow.ts')];
    const child = new Child(process.execPath, [...node, '--broker', broker().bootstrap], { cwd: repositoryRoot });
    children.push(child);
    await child.waitForOutput(/Following logs/, 180_000);
    return child;
  };

  test('each line is archived once, and errors are counted by the minute of their own time', {
    timeout: 600_000,
  }, async () => {
    const app = await follow();
    const rsyslog = await startRsyslog();
    const minuteMs = Math.floor(Date.now() / 60_000 - 30) * 60_000;
    const lines = Array.from({ length: 1_000 }, (_, number) => {
      const time = new Date(minuteMs + (number % 120) * 1_000).toISOString();
      const priority = number % 10 === 0 ? err : info;
      return `<${priority}>1 ${time} host-${number % 3} ${number % 20 === 0 ? 'sshd' : 'nginx'} 7 - - line "${number}" \\ ü\n`;
    });
    await send(rsyslog.port, lines);

    const client = createClient({ brokers: broker().bootstrap });
    const archive = await readUntil(client, topics.archive, { key: string, value: string }, (read) => {
      return read.length >= lines.length;
    });
    const numbers = archive.map(([, text]) => Number(/line "(\d+)" \\ ü$/.exec(text)?.[1]));
    expect(numbers.sort((a, b) => a - b)).toEqual(lines.map((_, number) => number));
    expect(new Set(archive.map(([host]) => host))).toEqual(new Set(['host-0', 'host-1', 'host-2']));

    // Of a row that changes several times between two commits the last change is told.
    const lastOf = (counts: readonly (readonly [MinuteKey, number])[]) =>
      new Map(counts.map(([key, count]) => [`${key.key} ${(key.window.start - minuteMs) / 60_000}`, count]));
    const expected = expectedErrors(lines);
    const isTold = (counts: readonly (readonly [MinuteKey, number])[]) => isDeepStrictEqual(lastOf(counts), expected);
    await readUntil(client, topics.errors, { key: minuteKeySerde, value: int64 }, isTold);
    const alerts = await readUntil(client, topics.alerts, { key: minuteKeySerde, value: int64 }, isTold);
    expect(Math.min(...alerts.map(([, count]) => count))).toBeGreaterThanOrEqual(5);

    expect(await app.end('SIGINT')).toMatchObject({ code: 0 });
    expect(await rsyslog.child.end('SIGTERM')).toMatchObject({ code: 0 });
  });
});

/** What a plain loop counts: by service, and by minutes after the first. */
function expectedErrors(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [number] of lines.entries()) {
    if (number % 10 !== 0) continue;
    const key = `${number % 20 === 0 ? 'sshd' : 'nginx'} ${Math.floor((number % 120) / 60)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Sends lines as syslog by TCP, and waits until all are taken. */
function send(port: number, lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(lines.join('')));
    socket.once('error', reject).once('close', () => resolve());
    socket.resume();
  });
}

/** Reads a topic until what was read is enough, which may be still to come. */
async function readUntil<K, V>(
  client: Client,
  topic: string,
  serdes: { readonly key: Serde<K>; readonly value: Serde<V> },
  isEnough: (read: readonly [key: K, value: V][]) => boolean,
): Promise<[key: K, value: V][]> {
  await using consumer = client.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
  consumer.assign([0, 1, 2, 3].map((partition) => ({ topic, partition })));
  const read: [K, V][] = [];
  await waitFor(
    async () => {
      for (const fetched of await consumer.poll({ timeoutMs: 500 })) {
        const records = fetched.records();
        while (records.next()) {
          const key = serdes.key.deserialize(topic, records.key) as K;
          read.push([key, serdes.value.deserialize(topic, records.value) as V]);
        }
      }
      return isEnough(read) || undefined;
    },
    { what: `enough in ${topic}`, timeoutMs: 240_000 },
  );
  return read;
}
