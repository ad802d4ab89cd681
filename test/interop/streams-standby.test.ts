import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@nagare/client';
import { int64 } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { Child } from '../tools/child.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const application = fileURLToPath(new URL('./standby/application.ts', import.meta.url));
const keys = 1_000;

/** What a process said that it has. */
interface Had {
  readonly tasks: readonly string[];
  readonly standbys: readonly (readonly [taskId: string, lag: number | null])[];
}

describe('a standby', () => {
  const broker = brokerForFile({ 'group.min.session.timeout.ms': '1000' });

  test('takes over from a process that is killed, without restoring what it has', { timeout: 300_000 }, async () => {
    const { bootstrap } = broker();
    const client = createClient({ brokers: bootstrap });
    await createTopics(client);
    const start = () => new Child(process.execPath, [...node, application, bootstrap]);
    const running = [start(), start()] as const;
    try {
      const [first, second] = running;
      await has(first, ({ tasks, standbys }) => tasks.length === 1 && standbys.length === 1);
      await has(second, ({ tasks, standbys }) => tasks.length === 1 && standbys.length === 1);
      await send(client, 3);
      await counted(client, keys * 3);
      await has(second, ({ standbys }) => standbys[0]?.[1] === 0);
      const lost = lastOf(first).tasks[0];
      await first.end('SIGKILL');
      await has(second, ({ tasks }) => tasks.length === 2);
      await send(client, 1);
      await counted(client, keys * 4);
      // Its standby had all of the changelog, some thousand records; what else is there are marks of transactions.
      expect(lastRestored(second)).toMatchObject({ taskId: lost });
      expect(lastRestored(second).records).toBeLessThan(keys / 10);
    } finally {
      for (const child of running) await child.end('SIGKILL');
    }
  });
});

const node = ['--import', 'tsx', '--conditions=@nagare/source'];

async function createTopics(client: Client): Promise<void> {
  await using admin = client.admin();
  const topics = ['standby-in', 'standby-out'].map((topic) => ({ topic, numPartitions: 2, replicationFactor: 1 }));
  await admin.createTopics({ topics });
}

async function send(client: Client, rounds: number): Promise<void> {
  const producer = client.producer();
  for (let round = 0; round < rounds; round += 1) {
    const messages = Array.from({ length: keys }, (_, at) => ({ key: `k${at}`, value: 'x' }));
    await producer.send({ topic: 'standby-in', messages });
  }
  await producer.close();
}

/** Waits until the last counts of all keys add up to a sum. */
async function counted(client: Client, sum: number): Promise<void> {
  const counts = new Map<string, number>();
  await using consumer = client.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
  consumer.assign([0, 1].map((partition) => ({ topic: 'standby-out', partition })));
  const total = () => [...counts.values()].reduce((all, count) => all + count, 0);
  const what = `${sum} records to be counted`;
  await waitFor(
    async () => {
      for (const fetched of await consumer.poll({ timeoutMs: 100 })) {
        for (const records = fetched.records(); records.next(); ) {
          counts.set(String(records.key), int64.deserialize('', records.value) ?? 0);
        }
      }
      return total() === sum ? true : undefined;
    },
    { what, timeoutMs: 120_000 },
  );
}

async function has(child: Child, isSo: (had: Had) => boolean): Promise<void> {
  const options = { what: `another answer than ${child.tail(3)}`, timeoutMs: 120_000 };
  await waitFor(() => (saidBy(child, 'has').length > 0 && isSo(lastOf(child)) ? true : undefined), options);
}

const lastOf = (child: Child) => saidBy(child, 'has').at(-1) as Had;

const lastRestored = (child: Child) => saidBy(child, 'restored').at(-1) as { taskId: string; records: number };

function saidBy(child: Child, what: string): unknown[] {
  const whole = child.stdout.slice(0, child.stdout.lastIndexOf('\n') + 1).split('\n');
  return whole.filter((line) => line.startsWith(`${what} `)).map((line) => JSON.parse(line.slice(what.length + 1)));
}
