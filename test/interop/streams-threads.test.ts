import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@nagare/client';
import { int64 } from '@nagare/serdes';
import { StreamsThreads, type ThreadMetadata } from '@nagare/streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Child } from '../tools/child.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const partitions = 4;
const keys = 40;
const execArgv = ['--import', 'tsx', '--conditions=@nagare/source'];
const counts = new URL('./threads/counts.ts', import.meta.url);
const waitMs = 600_000;

const scratch = scratchDirectory('threads');
afterAll(() => scratch[Symbol.dispose]());
// Threads get a copy.
process.env.NAGARE_TEST_MARKS = `${scratch.path}/marks`;
mkdirSync(process.env.NAGARE_TEST_MARKS);

describe('threads of an application', () => {
  const broker = brokerForFile();
  beforeAll(() => createTopics(createClient({ brokers: broker().bootstrap })));

  test('count every record once, however they come, go and fail', { timeout: 1_800_000 }, async () => {
    const client = createClient({ brokers: broker().bootstrap });
    const failures: string[] = [];
    const threads = new StreamsThreads(counts, {
      applicationId: 'threads-app',
      brokers: broker().bootstrap,
      numStreamThreads: 2,
      stateDir: `${scratch.path}/state`,
      processingGuarantee: 'exactly_once_v2',
      // Whoever takes a thread's place is the same member: nobody waits for a session to end.
      groupInstanceId: 'here',
      sessionTimeoutMs: 300_000,
      replicationFactor: 1,
      execArgv,
      uncaughtExceptionHandler: (error, { name }) => {
        failures.push(`${name} ${error.message}`);
        return 'replace-thread';
      },
    });
    const input = new Input(client);
    try {
      await threads.start();
      await divided(threads, [2, 2]);
      await input.send(10);
      expect(await threads.addStreamThread()).toBe('threads-app-StreamThread-3');
      await divided(threads, [1, 1, 2]);
      await input.send(10);
      expect(await threads.removeStreamThread()).toBe('threads-app-StreamThread-3');
      await divided(threads, [2, 2]);
      for (const [at, word] of ['exit', 'throw'].entries()) {
        await input.send(5, word);
        await waitFor(() => (failures.length === at + 1 ? true : undefined), {
          what: `a thread to ${word}`,
          timeoutMs: waitMs,
        });
        await divided(threads, [2, 2]);
        await input.send(5);
      }
      await expectCounts(client, input.sentOfEach);
      await threads.close();
      expect(threads.state).toBe('NOT_RUNNING');
      expect(failures[0]).toMatch(/ended without being told to/);
      expect(failures[1]).toMatch(/thrown once/);
    } finally {
      await input.close();
      await threads.close({ leaveGroup: true });
    }
  });

  test('start as the process was started that has them', { timeout: 1_200_000 }, async () => {
    const program = fileURLToPath(new URL('./threads/main.ts', import.meta.url));
    const child = new Child(process.execPath, [...execArgv, program, broker().bootstrap]);
    try {
      await child.waitForOutput(/^RUNNING$/m, waitMs);
    } finally {
      await child.end('SIGTERM');
    }
    expect(child.stdout).toMatch(/^NOT_RUNNING$/m);
    expect(child.stderr).toBe('');
  });
});

async function createTopics(client: Client): Promise<void> {
  await using admin = client.admin();
  const topics = ['threads-in', 'threads-out'].map((topic) => ({
    topic,
    numPartitions: partitions,
    replicationFactor: 1,
  }));
  await admin.createTopics({ topics });
}

/** Waits until the threads run and have so many tasks each, in any order. */
async function divided(threads: StreamsThreads, shares: readonly number[]): Promise<void> {
  let last: readonly ThreadMetadata[] = [];
  const isDivided = async () => {
    last = await threads.metadataForLocalThreads();
    const sizes = last.map(({ activeTasks }) => activeTasks.length).sort();
    return threads.state === 'RUNNING' && sizes.join() === shares.join() ? true : undefined;
  };
  try {
    await waitFor(isDivided, { what: `threads with ${shares} tasks`, timeoutMs: waitMs, everyMs: 50 });
  } catch (cause) {
    throw new Error(`${threads.state} ${JSON.stringify(last)}`, { cause });
  }
}

/** Sends records of all keys. */
class Input {
  readonly #producer;
  sentOfEach = 0;

  constructor(client: Client) {
    this.#producer = client.producer();
  }

  /** @param word - What the first record of the first key says. */
  async send(rounds: number, word = 'x'): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const said = (key: number) => (round === 0 && key === 0 ? word : 'x');
      const messages = Array.from({ length: keys }, (_, key) => ({ key: `k${key}`, value: said(key) }));
      await this.#producer.send({ topic: 'threads-in', messages });
      this.sentOfEach += 1;
    }
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}

/** Each key was counted up from 1, one by one and not once more. */
async function expectCounts(client: Client, ofEach: number): Promise<void> {
  await using consumer = client.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
  consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic: 'threads-out', partition })));
  const counted = new Map<string, (number | null)[]>();
  let seen = 0;
  const read = async () => {
    for (const fetched of await consumer.poll({ timeoutMs: 100 })) {
      for (const records = fetched.records(); records.next(); seen += 1) {
        const key = String(records.key);
        counted.set(key, [...(counted.get(key) ?? []), int64.deserialize('', records.value)]);
      }
    }
    return seen >= keys * ofEach ? true : undefined;
  };
  await waitFor(read, { what: `${keys * ofEach} counts`, timeoutMs: waitMs });
  const up = Array.from({ length: ofEach }, (_, at) => at + 1);
  expect(counted.size).toBe(keys);
  for (const [key, counts] of counted) expect([key, counts]).toEqual([key, up]);
}
