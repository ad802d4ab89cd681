import { describe, expect, test } from 'vitest';
import { fetchOnce, readCommitted } from '../testing/read-topic.ts';
import { SimBroker } from '../testing/sim-broker.ts';
import { TxnProducer, type TxnProtocol } from '../testing/txn-producer.ts';

const topic = 'orders';

/** Two producers in one partition of a broker that can die. */
async function setup(protocol: TxnProtocol = 'adding') {
  const kit = await SimBroker.start();
  await kit.createTopic(topic);
  const start = (transactionalId: string) =>
    kit.sim.complete(TxnProducer.start(kit.client, { transactionalId, protocol }), { simMsMax: 60_000 });
  return { kit, start, complete: <Value>(promise: Promise<Value>) => kit.sim.complete(promise) };
}

describe.each(['crash', 'power loss', 'clean stop'] as const)('after a %s', (how) => {
  test('what was open is open, and what was aborted is not read', async () => {
    const { kit, start, complete } = await setup();
    const one = await start('one');
    const two = await start('two');
    await complete(one.write(topic, ['yes'])); // 0
    await complete(two.write(topic, ['no'])); // 1
    await complete(two.end(false)); // 2
    await kit.sim.advance(100);
    const twoBefore = two.id;

    if (how === 'clean stop') await kit.stop();
    else if (how === 'crash') kit.node.crash();
    else kit.node.powerLoss();
    await kit.start();

    const before = await complete(fetchOnce(kit.client, topic));
    expect(before).toMatchObject({ highWatermark: 3, lastStableOffset: 0, batches: [] });
    one.reconnect(kit.client);
    expect(await complete(one.write(topic, ['and yes']))).toEqual({ error: 'NONE', offset: 3 });
    expect(await complete(one.end(true))).toBe('NONE');
    await kit.sim.advance(100);
    const after = await complete(fetchOnce(kit.client, topic));
    expect(after).toMatchObject({ lastStableOffset: 5, aborted: [{ producerId: twoBefore, firstOffset: 1 }] });
    expect(await complete(readCommitted(kit.client, topic))).toEqual(['yes', 'and yes']);
    await kit.stop();
  });
});

test('a producer that comes back has what it left open aborted', async () => {
  const { kit, start, complete } = await setup('telling');
  const left = await start('one');
  await complete(left.add(topic));
  await complete(left.write(topic, ['lost']));
  await kit.restart();
  const next = await start('one');
  expect(next.epoch).toBeGreaterThan(left.epoch);
  await complete(next.add(topic));
  expect(await complete(next.write(topic, ['kept']))).toMatchObject({ error: 'NONE' });
  expect(await complete(next.end(true))).toBe('NONE');
  await kit.sim.advance(100);
  expect(await complete(readCommitted(kit.client, topic))).toEqual(['kept']);
  await kit.stop();
});

test('a decided transaction gets its markers after a crash right behind the decision', async () => {
  const { kit, start, complete } = await setup();
  const producer = await start('one');
  await complete(producer.write(topic, ['a']));
  await complete(producer.end(true));
  await kit.restart();
  await kit.sim.advance(1_000);
  expect(await complete(readCommitted(kit.client, topic))).toEqual(['a']);
  await kit.stop();
});
