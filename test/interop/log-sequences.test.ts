import { join } from 'node:path';
import { apis } from '@nagare/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { runLogSequence } from './sequences/log-sequence.ts';
import { partitionCount, runMemberSequence } from './sequences/member-sequence.ts';

const seeds = Number(process.env.NAGARE_SEQUENCES ?? 60);
const timeout = 60_000 + seeds * 20_000;
/** Sequences have nothing in common, so that some are sent at a time. */
const laneCount = 4;
const topics = ['member-sequence-a', 'member-sequence-b'];
const settings = { 'group.consumer.assignment.interval.ms': '0', 'offsets.topic.num.partitions': '1' };

/** Both brokers are asked, so that one of the two runs of these tests would tell nothing new. */
const kafka =
  productUnderTest() === 'nagare' ? await ifAvailable('Apache Kafka 4.3.1', () => classPath('kafka-4.3.1')) : undefined;

describe.skipIf(kafka === undefined)('random requests are answered as Apache Kafka answers them', () => {
  const scratch = scratchDirectory('log-sequences');
  let brokers: RunningBroker[] = [];

  beforeAll(async () => {
    const start = (product: 'kafka' | 'nagare') =>
      startBroker(product, { dataDirectory: join(scratch.path, product), settings });
    brokers = await Promise.all([start('kafka'), start('nagare')]);
    await Promise.all(
      brokers.map(async ({ bootstrap }) => {
        using wire = new Wire(bootstrap);
        await prepare(wire);
      }),
    );
  }, 180_000);

  afterAll(async () => {
    for (const broker of brokers) await broker[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  async function compare(run: (wire: Wire, seed: number) => Promise<string[]>): Promise<void> {
    let lines = 0;
    const lane = async (first: number) => {
      const [kafka, nagare] = brokers as [RunningBroker, RunningBroker];
      using theirs = new Wire(kafka.bootstrap);
      using ours = new Wire(nagare.bootstrap);
      for (let seed = first; seed < seeds; seed += laneCount) {
        const [expected, answered] = await Promise.all([run(theirs, seed), run(ours, seed)]);
        expect(answered, `seed ${seed}`).toEqual(expected);
        lines += answered.length;
      }
    };
    await Promise.all(Array.from({ length: laneCount }, (_, first) => lane(first)));
    console.log(`${lines} answers to ${seeds} sequences equal`);
  }

  test(`of producers, readers and a group without members (${seeds} seeds)`, { timeout }, async () => {
    await compare(runLogSequence);
  });

  test(`of members of consumer groups (${seeds} seeds)`, { timeout }, async () => {
    await compare((wire, seed) => runMemberSequence(wire, seed, topics));
  });
});

/** The topics of the members, and a coordinator that serves. */
async function prepare(wire: Wire): Promise<void> {
  const created = topics.map((name) => ({
    ...{ name, numPartitions: partitionCount, replicationFactor: 1, assignments: [], configs: [] },
  }));
  await wire.request(apis.createTopics, 7, { timeoutMs: 10_000, topics: created });
  const isServing = async () => {
    const found = await wire.request(apis.findCoordinator, 2, { key: 'any', keyType: 0 });
    const committed = await wire.request(apis.offsetFetch, 7, { groupId: 'any', topics: null });
    return (found.errorCode === 0 && committed.errorCode === 0) || undefined;
  };
  await waitFor(isServing, { what: 'a coordinator', timeoutMs: 60_000 });
  const body = { memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 60_000, subscribedTopicNames: topics };
  const isKnown = async () => {
    const answer = await wire.request(apis.consumerGroupHeartbeat, 1, {
      ...{ groupId: `warm-up-${Date.now()}`, topicPartitions: [], ...body },
    });
    return answer.assignment?.topicPartitions.length === topics.length || undefined;
  };
  await waitFor(isKnown, { what: 'the topics', timeoutMs: 60_000 });
}
