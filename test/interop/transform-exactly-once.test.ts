import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@nagare/client';
import { expect, test } from 'vitest';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { Child } from '../tools/child.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { freePort } from '../tools/port.ts';
import { waitFor } from '../tools/wait.ts';

/** `NAGARE_RECORDS` makes it a long test. */
const count = Number(process.env.NAGARE_RECORDS ?? 20_000);
const partitions = 4;
const kills = Math.ceil(count / 5_000);
/**
 * Apache Kafka 4.3.1 alone is not killed itself: when it starts again between the decision of a transaction and its markers,
 * it can take partitions whose leader it has not learned yet for deleted ones, and leave the transaction hanging there.
 */
const isBrokerKilled = productUnderTest() === 'nagare';

/** A process that works, and another in its place each time that it was killed. */
class Worker {
  readonly #args: readonly string[];
  #child: Child;

  constructor(bootstrap: string, name: string) {
    const program = fileURLToPath(new URL('./exactly-once/transform.ts', import.meta.url));
    this.#args = ['--import', 'tsx', '--conditions=@nagare/source', program, bootstrap, `transform-${name}`];
    this.#child = new Child(process.execPath, this.#args);
  }

  async kill(): Promise<void> {
    await this.end();
    this.#child = new Child(process.execPath, this.#args);
  }

  async end(): Promise<void> {
    await this.#child.end('SIGKILL');
  }
}

test('what is read, changed and written is there once, although broker and clients are killed again and again', {
  timeout: 120_000 + count * 2,
}, async () => {
  using scratch = scratchDirectory('transform');
  const options = {
    dataDirectory: join(scratch.path, 'data'),
    port: await freePort(),
    settings: { 'group.min.session.timeout.ms': '1000' },
  };
  let broker: RunningBroker = await startBroker(productUnderTest(), options);
  const client = createClient({ brokers: broker.bootstrap });
  const workers: Worker[] = [];
  try {
    await prepare(client);
    workers.push(new Worker(broker.bootstrap, 'a'), new Worker(broker.bootstrap, 'b'));
    for (let kill = 1; kill <= kills; kill++) {
      const enough = (kill * count) / (kills + 2);
      await waitFor(async () => ((await committed(client)) >= enough ? true : undefined), {
        ...{ what: `${enough} records`, timeoutMs: 60_000 + count, everyMs: 20 },
      });
      if (kill % 2 === 0 || !isBrokerKilled) await workers[Math.floor(kill / 2) % 2]?.kill();
      else {
        await broker.kill();
        broker = await startBroker(productUnderTest(), options);
      }
    }
    const doubles = await waitFor(
      async () => {
        if ((await committed(client)) < count) return undefined;
        const seen = await readCommitted(client, 'doubles');
        return seen.length >= count ? seen : undefined;
      },
      { what: 'all records', timeoutMs: 60_000 + count, everyMs: 1_000 },
    );
    expect(doubles).toHaveLength(count);
    expect(new Set(doubles).size).toBe(count);
    expect(doubles.reduce((total, value) => total + Number(value), 0)).toBe(count * (count - 1));
  } finally {
    for (const worker of workers) await worker.end();
    await broker[Symbol.asyncDispose]();
  }
});

async function prepare(client: Client): Promise<void> {
  await using admin = client.admin();
  const topics = ['numbers', 'doubles'].map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 }));
  await admin.createTopics({ topics });
  // Small batches make many transactions.
  await using producer = client.producer({ batchBytesMax: 4_000 });
  const messages = Array.from({ length: count }, (_, at) => ({ value: `${at}`, partition: at % partitions }));
  await producer.send({ topic: 'numbers', messages });
}

/** How many records the group is done with. */
async function committed(client: Client): Promise<number> {
  await using admin = client.admin();
  const offsets = await admin.fetchOffsets({ groupId: 'transform' });
  return offsets.reduce((total, { offset }) => total + offset, 0);
}

async function readCommitted(client: Client, topic: string): Promise<string[]> {
  const isolationLevel = 'read_committed';
  await using admin = client.admin();
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const ends = await admin.listOffsets({ partitions: all.map((each) => ({ ...each, at: 'latest' })), isolationLevel });
  await using consumer = client.consumer({ isolationLevel, autoOffsetReset: 'earliest' });
  consumer.assign(all);
  const values: string[] = [];
  while (ends.some((end) => (consumer.position(end) ?? 0) < end.offset)) {
    for (const fetched of await consumer.poll({ timeoutMs: 200 }))
      for (let cursor = fetched.records(); cursor.next(); ) values.push(String(cursor.value));
  }
  return values;
}
