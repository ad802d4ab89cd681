import { apis } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { SimBroker } from '../testing/sim-broker.ts';

const groupCount = 5;
const longMetadata = 'x'.repeat(4_000);

async function commit(broker: SimBroker, groupId: string, committedOffset: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: longMetadata }];
  const topics = [{ name: 't', partitions }];
  const answer = await broker.ask(apis.offsetCommit, 8, { groupId, memberId: '', topics });
  expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(0);
}

async function begin(broker: SimBroker, transactionalId: string) {
  await broker.ask(apis.findCoordinator, 3, { key: transactionalId, keyType: 1 });
  const body = { transactionalId, transactionTimeoutMs: 600_000 };
  const { producerId, producerEpoch } = await broker.ask(apis.initProducerId, 4, body);
  return { transactionalId, producerId, producerEpoch };
}

type Producer = Awaited<ReturnType<typeof begin>>;

async function stage(broker: SimBroker, producer: Producer, groupId: string, committedOffset: number): Promise<void> {
  await broker.ask(apis.addOffsetsToTxn, 3, { ...producer, groupId });
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: longMetadata }];
  const body = { ...producer, groupId, topics: [{ name: 't', partitions }] };
  const answer = await broker.ask(apis.txnOffsetCommit, 3, body);
  expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(0);
}

async function end(broker: SimBroker, producer: Producer, committed: boolean): Promise<void> {
  expect((await broker.ask(apis.endTxn, 3, { ...producer, committed })).errorCode).toBe(0);
  await broker.sim.advance(1_000);
}

/** The error code and the offset of each group, for who wants stable ones. */
async function offsets(broker: SimBroker): Promise<(number | undefined)[][]> {
  const groups = Array.from({ length: groupCount }, (_, index) => ({
    groupId: `g${index}`,
    topics: [{ name: 't', partitionIndexes: [0] }],
  }));
  const answer = await broker.ask(apis.offsetFetch, 8, { groups, requireStable: true });
  return answer.groups.map(({ topics }) => [
    topics[0]?.partitions[0]?.errorCode,
    topics[0]?.partitions[0]?.committedOffset,
  ]);
}

async function logBytes(broker: SimBroker): Promise<number> {
  const { results } = await broker.ask(apis.describeLogDirs, 1, { topics: null });
  const topics = results.flatMap((each) => each.topics).filter(({ name }) => name === '__consumer_offsets');
  return topics.flatMap(({ partitions }) => partitions).reduce((sum, { partitionSize }) => sum + partitionSize, 0);
}

test('a compacted log tells of the same offsets as before, also of those in transactions', {
  timeout: 60_000,
}, async () => {
  const settings = {
    'offsets.topic.num.partitions': 1,
    'offsets.topic.segment.bytes': 1_048_576,
    'log.cleaner.backoff.ms': 1_000,
    'log.cleaner.delete.retention.ms': 0,
  };
  const broker = await SimBroker.start({ settings });
  await broker.createTopic('t');
  await broker.ask(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
  const [kept, dropped, open] = [await begin(broker, 'a'), await begin(broker, 'b'), await begin(broker, 'c')];
  for (let group = 0; group < groupCount; group++) await commit(broker, `g${group}`, group);
  await stage(broker, kept, 'g0', 100);
  await stage(broker, kept, 'g1', 101);
  await stage(broker, dropped, 'g2', 102);
  await commit(broker, 'g1', 11); // Comes later than the one in the transaction.
  await end(broker, kept, true);
  await end(broker, dropped, false);
  for (let round = 0; round < 600; round++) await commit(broker, 'g3', 1_000 + round);
  await stage(broker, open, 'g4', 104);
  const before = await offsets(broker);
  expect(before).toEqual([
    [0, 100],
    [0, 11],
    [0, 2],
    [0, 1_599],
    [88, -1],
  ]);
  const bytesBefore = await logBytes(broker);
  await broker.sim.advance(60_000);
  expect(await logBytes(broker)).toBeLessThan(bytesBefore / 2);
  for (const ending of ['stop', 'crash'] as const) {
    if (ending === 'stop') await broker.stop();
    else broker.node.crash();
    await broker.start();
    await broker.sim.advance(1_000);
    expect(await offsets(broker)).toEqual(before);
  }
  await end(broker, open, true);
  expect((await offsets(broker))[4]).toEqual([0, 104]);
});
