import { type LogFields, silentLog } from '@nagare/base';
import { apis, errorName } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { type Broker, createBroker } from '../create-broker.ts';
import { fetchOnce } from '../testing/read-topic.ts';
import { startTestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';
import { createVirtualClock } from './virtual-clock.ts';

const startMs = 1_800_000_000_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

async function valuesIn(broker: Broker, topic: string): Promise<string[]> {
  return (await broker.topics.read(topic)).map(({ value }) => String(value));
}

test('wake-ups happen in their order, and those of wake-ups as well', async () => {
  const clock = createVirtualClock({ startMs });
  const seen: [string, number][] = [];
  const note = (name: string) => seen.push([name, clock.nowMs() - startMs]);
  clock.timers.after(20, () => note('second'));
  clock.timers.after(10, () => {
    note('first');
    clock.timers.after(15, () => note('third'));
  });
  clock.timers.after(5, () => note('cancelled')).cancel();
  clock.timers.after(31, () => note('late'));
  clock.timers.after(0, () => note('at once'));
  await clock.advance(0);
  expect(seen).toEqual([['at once', 0]]);
  await Promise.all([clock.advance(15), clock.advance(15)]);
  expect(seen.slice(1)).toEqual([
    ['first', 10],
    ['second', 20],
    ['third', 25],
  ]);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([startMs + 30, 30]);
});

test('time does not go back', () => {
  expect(() => createVirtualClock().advance(-1)).toThrow(RangeError);
  expect(() => createVirtualClock().advance(Number.NaN)).toThrow(RangeError);
});

test('records get the time of the clock, and retention takes them away when it has passed', async () => {
  const clock = createVirtualClock({ startMs });
  await using broker = await createBroker({ clock });
  await broker.topics.create('t', {
    configs: { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': `${dayMs}` },
  });
  await broker.topics.append('t', [{ value: 'old', timestampMs: 1 }]);
  await clock.advance(23 * hourMs);
  const [old] = await broker.topics.read('t');
  expect(old?.timestampMs).toBe(startMs);
  await clock.advance(2 * hourMs);
  await broker.topics.append('t', [{ value: 'new' }]);
  expect(await valuesIn(broker, 't')).toEqual(['new']);
});

test('the log tells which records retention has taken away', async () => {
  const clock = createVirtualClock({ startMs });
  const events: unknown[] = [];
  const info = (event: string, fields?: LogFields) => events.push({ event, ...fields });
  await using broker = await createBroker({ clock, log: { ...silentLog, info } });
  await broker.topics.create('t', { configs: { 'retention.ms': `${dayMs}` } });
  await broker.topics.append('t', [{ value: 'a' }, { value: 'b' }]);
  await clock.advance(23 * hourMs);
  expect(events).toEqual([]);
  await clock.advance(2 * hourMs);
  expect(events).toEqual([{ event: 'log.expired', topic: 't', partition: 0, startOffset: 2 }]);
});

test('a transaction that is left open is aborted when its time is up', async () => {
  const clock = createVirtualClock({ startMs });
  await using node = await startTestBroker({}, { clock });
  await node.createTopic('t');
  const producer = await TxnProducer.start(node.client, { transactionalId: 'a', timeoutMs: 60_000 });
  expect((await producer.write('t', ['x'])).error).toBe('NONE');
  await node.produce('t', ['y']);
  await clock.advance(50_000);
  expect(await valuesIn(node.broker, 't')).toEqual([]);
  await clock.advance(30_000);
  expect(await valuesIn(node.broker, 't')).toEqual(['y']);
  expect(await producer.end(true)).not.toBe('NONE');
});

test('a member that is silent for its session timeout is out of its group', async () => {
  const clock = createVirtualClock({ startMs });
  await using node = await startTestBroker({}, { clock });
  await node.client.request(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
  const joining = { groupId: 'g', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer' };
  const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }];
  const member = await node.client.request(apis.joinGroup, 3, { ...joining, memberId: '', protocols });
  const { memberId, generationId } = member;
  expect(errorName(member.errorCode)).toBe('NONE');
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }];
  await node.client.request(apis.syncGroup, 3, { groupId: 'g', generationId, memberId, assignments });
  const heartbeat = async () => {
    const body = { groupId: 'g', generationId, memberId };
    return errorName((await node.client.request(apis.heartbeat, 3, body)).errorCode);
  };
  await clock.advance(9_000);
  expect(await heartbeat()).toBe('NONE');
  await clock.advance(11_000);
  expect(await heartbeat()).toBe('UNKNOWN_MEMBER_ID');
});

test('a long poll and the stop of the broker wait in real time, so that nothing hangs while the clock stands', async () => {
  const clock = createVirtualClock({ startMs });
  await using node = await startTestBroker({}, { clock });
  await node.createTopic('t');
  const { error, batches } = await fetchOnce(node.client, 't', { maxWaitMs: 5 });
  expect([error, batches]).toEqual(['NONE', []]);
  await clock.advance(dayMs);
  expect((await fetchOnce(node.client, 't')).error).toBe('NONE');
});
