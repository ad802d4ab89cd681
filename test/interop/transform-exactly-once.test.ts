import { join } from 'node:path';
import { seededRandom } from '@nagare/base';
import { createClient } from '@nagare/client';
import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { freePort } from '../tools/port.ts';
import { waitFor } from '../tools/wait.ts';
import { Numbers } from './exactly-once/numbers.ts';
import { type Transformer, transformers, Worker } from './exactly-once/workers.ts';

/** `NAGARE_RECORDS` makes it a long test, with a kill for every few thousand records; `NAGARE_SEED` draws other moments. */
const count = Number(process.env.NAGARE_RECORDS ?? 10_000);
const seed = process.env.NAGARE_SEED ?? '1';
const kills = 2 + Math.floor(count / 5_000);
/**
 * Apache Kafka 4.3.1 alone is not killed itself: when it starts again between the decision of a transaction and its markers,
 * it can take partitions whose leader it has not learned yet for deleted ones, and leave the transaction hanging there.
 */
const isBrokerKilled = productUnderTest() === 'nagare';

const settings = {
  'group.min.session.timeout.ms': '1000',
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '2000',
  'group.consumer.min.heartbeat.interval.ms': '500',
  'group.consumer.heartbeat.interval.ms': '500',
};

/** After how much work somebody is killed, and how often one looks for it: no step of a transaction is safe from that moment. */
function drawMoments(name: string): readonly { readonly committed: number; readonly everyMs: number }[] {
  const random = seededRandom(`${name} ${seed}`);
  const between = (count * 0.9) / kills;
  return Array.from({ length: kills }, (_, at) => ({
    committed: Math.floor((at + random.next()) * between) + 1,
    everyMs: 5 + random.below(300),
  }));
}

describe('what is read, changed and written is there once, although broker and clients are killed again and again', () => {
  test.each(transformers.map((each) => [each.name, each] as const))(
    '%s',
    { timeout: 240_000 + count * 4 },
    async (name, transformer) => {
      const start = await ifAvailable(name, transformer.install);
      if (start === undefined) return;
      const startMs = performance.now();
      const killed = await transformUnderFire(name, start);
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
      console.log(`${name}: ${count} records in ${seconds} s, killed: ${JSON.stringify(killed)}`);
    },
  );
});

async function transformUnderFire(name: string, start: Awaited<ReturnType<Transformer['install']>>) {
  using scratch = scratchDirectory('transform');
  const options = { dataDirectory: join(scratch.path, 'data'), port: await freePort(), settings };
  let broker: RunningBroker = await startBroker(productUnderTest(), options);
  const numbers = new Numbers(createClient({ brokers: broker.bootstrap }), count);
  const workers: Worker[] = [];
  const until = (enough: number, everyMs: number) =>
    waitFor(async () => ((await numbers.committed()) >= enough ? true : undefined), {
      ...{ what: `${enough} records`, timeoutMs: 180_000 + count, everyMs },
    });
  const killed = { brokers: 0, clients: 0 };
  try {
    await numbers.write();
    for (const id of ['a', 'b']) workers.push(new Worker(() => start(broker.bootstrap, `transform-${id}`)));
    for (const { committed, everyMs } of drawMoments(name)) {
      await until(committed, everyMs);
      if (isBrokerKilled && killed.brokers <= killed.clients) {
        killed.brokers += 1;
        await broker.kill();
        broker = await startBroker(productUnderTest(), options);
      } else {
        await workers[killed.clients % workers.length]?.kill();
        killed.clients += 1;
      }
    }
    await until(count, 100);
    const doubles = await numbers.doubles();
    expect(doubles.map(({ length }) => length)).toEqual(numbers.expected().map(({ length }) => length));
    expect(doubles).toEqual(numbers.expected());
    return killed;
  } catch (error) {
    throw new Error(workers.map((worker) => worker.tail()).join('\n'), { cause: error });
  } finally {
    for (const worker of workers) await worker.end();
    await broker[Symbol.asyncDispose]();
  }
}
