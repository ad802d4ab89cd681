import { createSimulation } from '@nagare/base/sim';
import { expect, test } from 'vitest';
import { createClient } from '../client.ts';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

async function world() {
  const sim = createSimulation({ seed: 1 });
  const topics = { orders: 8 };
  const cluster = await sim.complete(ScriptedCluster.start({ platform: sim.platform('broker'), topics }));
  const client = createClient({ brokers: cluster, platform: sim.platform('client') });
  const producer = client.producer({ lingerMs: 0 });
  const consumer = client.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign(Array.from({ length: 8 }, (_, partition) => ({ topic: 'orders', partition })));
  const done = <Value>(work: Promise<Value>) => sim.complete(work, { simMsMax: 60_000 });
  const seen: string[] = [];
  /** Sends one record to one of the partitions and reads until it has come. */
  const round = async (value: string) => {
    await done(producer.send({ topic: 'orders', messages: [{ value, partition: Number(value) % 8 }] }));
    while (!seen.includes(value)) {
      for (const fetched of await done(consumer.poll({ timeoutMs: 100 })))
        for (let cursor = fetched.records(); cursor.next(); ) seen.push(String(cursor.value));
    }
  };
  return { cluster, consumer, round, seen, done };
}

test('a fetch names what has changed alone, by the ids of topics', async () => {
  const { cluster, round } = await world();
  for (let at = 0; at < 20; at++) await round(`${at}`);
  const { incremental, named } = cluster.fetchSessions;
  expect(incremental).toBeGreaterThan(15);
  // The 8 partitions at the beginning, and then one for each record.
  expect(named).toBeLessThan(8 + 20 + 5);
  expect(cluster.requests.filter(({ api }) => api === 'Fetch').every(({ version }) => version === 18)).toBe(true);
});

test('every record is read once, though brokers forget sessions and lose answers', async () => {
  const { cluster, round, seen } = await world();
  for (let at = 0; at < 40; at++) {
    if (at % 5 === 1) cluster.fetchSessions.clear();
    let drops = at % 7 === 3 ? 1 : 0;
    cluster.interfere = (api) => (api === 'Fetch' && drops-- > 0 ? 'drop-after' : undefined);
    await round(`${at}`);
  }
  expect(seen).toEqual(Array.from({ length: 40 }, (_, at) => `${at}`));
});

test('a partition that is paused is asked for no more, and again when it goes on', async () => {
  const { cluster, consumer, round, done } = await world();
  await round('0');
  consumer.pause([{ topic: 'orders', partition: 1 }]);
  const sending = round('2');
  await sending;
  const fetched = await done(consumer.poll({ timeoutMs: 600 }));
  expect(fetched).toEqual([]);
  consumer.resume([{ topic: 'orders', partition: 1 }]);
  await round('1');
  expect(cluster.partition('orders', 1).values()).toEqual(['1']);
});
