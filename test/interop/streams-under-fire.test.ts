import { join } from 'node:path';
import { type Admin, type Client, createClient } from '@nagare/client';
import { expect, test } from 'vitest';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { freePort } from '../tools/port.ts';
import { waitFor } from '../tools/wait.ts';
import { CommittedReader, placesOf } from './under-fire/committed-reader.ts';
import { drawMoments, type Moment } from './under-fire/fire.ts';
import { Instance, whileRunning } from './under-fire/instance.ts';
import { generate, type InputRecord, Sender } from './under-fire/load.ts';
import { Outcome } from './under-fire/outcome.ts';
import { type Reference, referenceOf } from './under-fire/reference.ts';
import { changelogDifferences, storeDifferences } from './under-fire/stores.ts';
import {
  answers,
  applicationId,
  askedStores,
  inputs,
  outputs,
  partitions,
  questionsOf,
} from './under-fire/topology.ts';

/** `NAGARE_RECORDS` and `NAGARE_MINUTES` make it a long test, with five shots a minute; `NAGARE_SEED` draws other ones. */
const count = Number(process.env.NAGARE_RECORDS ?? 10_000);
const minutes = Number(process.env.NAGARE_MINUTES ?? 0);
const seed = process.env.NAGARE_SEED ?? '1';
const shots = minutes === 0 ? 6 : Math.ceil(minutes * 5);
const slices = Math.max(50, shots * 2);
/** After how long the group gives a process up: on a busy machine one that lives may be silent for seconds. */
const sessionTimeoutMs = minutes === 0 ? 8_000 : 3_000;
/** How far the application may lag behind the load. */
const lagMax = Math.ceil((count / slices) * 4);
/**
 * Apache Kafka 4.3.1 alone is not restarted itself: when it starts again between the decision of a transaction and its
 * markers, it can take partitions whose leader it has not learned yet for deleted ones, and leave the transaction hanging.
 */
const isBrokerKilled = productUnderTest() === 'nagare';

const settings = {
  'group.min.session.timeout.ms': '1000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
};

test('three instances of six sub-topologies give what the input says, whatever is killed, stopped or lost meanwhile', {
  timeout: 1_200_000 + count * 5 + minutes * 120_000,
}, async () => {
  const startMs = performance.now();
  using scratch = scratchDirectory('fire');
  const options = { dataDirectory: join(scratch.path, 'broker'), port: await freePort(), settings };
  let broker: RunningBroker = await startBroker(productUnderTest(), options);
  const client = createClient({ brokers: broker.bootstrap });
  const load = generate({ count, seed });
  const reference = referenceOf(load);
  await createTopics(client);
  const makeInstance = (name: string) =>
    new Instance({
      ...{ name, bootstrap: broker.bootstrap, stateDirectory: join(scratch.path, name) },
      ...{ sessionTimeoutMs, client },
    });
  const instances = ['first', 'second', 'third'].map(makeInstance);
  const restartBroker = async () => {
    await broker.kill();
    broker = await startBroker(productUnderTest(), options);
  };
  try {
    await using reader = new CommittedReader(client, placesOf(outputs, partitions));
    const shot = await fire({ client, load, instances, restartBroker });
    const outcome = new Outcome();
    const differences = async () => {
      await reader.readOn((record) => outcome.take(record));
      return outcome.differences(reference);
    };
    await untilNone(instances, differences);
    expect(await storeDifferences(client, reference, 'kept')).toEqual([]);
    for (const instance of instances.splice(0)) await instance.close();
    const fresh = makeInstance('fresh');
    instances.push(fresh);
    expect(await storeDifferences(client, reference, 'restored')).toEqual([]);
    await fresh.close();
    await reader.readAll((record) => outcome.take(record));
    expect(outcome.differences(reference)).toEqual([]);
    expect(await changelogDifferences(client, reference, load)).toEqual([]);
    console.log(summary(reference, { ...shot, startMs, results: outcome.size }));
  } catch (error) {
    throw new Error(instances.map((instance) => instance.tail()).join('\n'), { cause: error });
  } finally {
    for (const instance of instances) await instance[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  }
});

interface Fire {
  /** How often each shot was. */
  readonly fired: Record<string, number>;
  /** How long all of the load took. */
  readonly seconds: string;
}

interface Range {
  readonly client: Client;
  readonly load: readonly InputRecord[];
  readonly instances: readonly Instance[];
  readonly restartBroker: () => Promise<void>;
}

/** Sends the load slice by slice, and lets things go wrong meanwhile. */
async function fire({ client, load, instances, restartBroker }: Range): Promise<Fire> {
  await using admin = client.admin();
  await using sender = new Sender(client);
  const moments = drawMoments({ shots, slices, instances: instances.length, seed });
  const fired: Record<string, number> = {};
  const startMs = performance.now();
  const shoot = async ({ shot, instance, part, everyMs }: Moment, sent: number) => {
    await untilProcessed(admin, { atLeast: Math.floor(sent - part * lagMax), everyMs, instances });
    const target = instances[instance] as Instance;
    if (shot === 'broker') {
      if (!isBrokerKilled) return;
      await restartBroker();
    } else if (shot === 'zombie') await target.makeZombie();
    else await target.kill({ wipes: shot === 'wipe' });
    fired[shot] = (fired[shot] ?? 0) + 1;
  };
  for (let slice = 0; slice < slices; slice += 1) {
    const from = Math.floor((slice / slices) * count);
    const to = Math.floor(((slice + 1) / slices) * count);
    const sending = sender.send(load.slice(from, to));
    for (const moment of moments) if (moment.slice === slice) await shoot(moment, from);
    await sending;
    await untilProcessed(admin, { atLeast: to - lagMax, everyMs: 20, instances });
    const dueMs = startMs + ((slice + 1) / slices) * minutes * 60_000;
    const isDue = () => (performance.now() >= dueMs ? true : undefined);
    await waitFor(isDue, { what: 'the next slice', timeoutMs: minutes * 120_000, everyMs: 20 });
  }
  return { fired, seconds: secondsSince(startMs) };
}

/** Waits until the application has committed so many records of its inputs. */
async function untilProcessed(
  admin: Admin,
  given: { readonly atLeast: number; readonly everyMs: number; readonly instances: readonly Instance[] },
): Promise<void> {
  const { atLeast, everyMs, instances } = given;
  if (atLeast <= 0) return;
  const names: readonly string[] = inputs;
  await whileRunning(
    instances,
    async () => {
      const offsets = await admin.fetchOffsets({ groupId: applicationId });
      const processed = offsets
        .filter(({ topic }) => names.includes(topic))
        .reduce((sum, { offset }) => sum + offset, 0);
      return processed >= atLeast ? true : undefined;
    },
    { what: `${atLeast} processed records`, timeoutMs: 240_000, everyMs },
  );
}

async function untilNone(instances: readonly Instance[], differences: () => Promise<readonly string[]>): Promise<void> {
  let last: readonly string[] = [];
  try {
    await whileRunning(
      instances,
      async () => {
        last = await differences();
        return last.length === 0 ? true : undefined;
      },
      { what: 'the results', timeoutMs: 240_000 + count, everyMs: 250 + count / 500 },
    );
  } catch (error) {
    throw new Error(`${last.length} differences:\n${last.slice(0, 20).join('\n')}`, { cause: error });
  }
}

async function createTopics(client: Client): Promise<void> {
  await using admin = client.admin();
  const topics = [...inputs, ...outputs, ...askedStores.map(questionsOf), answers];
  await admin.createTopics({
    topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
  });
}

function summary(
  { pairs, amounts }: Reference,
  given: Fire & { readonly startMs: number; readonly results: number },
): string {
  const seconds = `${secondsSince(given.startMs)} s (load: ${given.seconds} s)`;
  const parts = `${given.results} results (${pairs.size} pairs, ${amounts.size} windows)`;
  return `${count} records, ${parts} in ${seconds}; seed ${seed}, fired: ${JSON.stringify(given.fired)}`;
}

function secondsSince(startMs: number): string {
  return ((performance.now() - startMs) / 1_000).toFixed(1);
}
