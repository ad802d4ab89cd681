import { apis, encodeBatch } from '@nagare/protocol';
import { expect, test } from 'vitest';
import type { RunningBroker } from '../tools/broker.ts';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { note, timesOf, whole } from './figures.ts';
import { createTopics, settledBytes, startBroker } from './limited-broker.ts';
import { frameFor, Peer } from './peer.ts';

/** Requests that are on their way at once. */
const together = 200;

interface Identities {
  readonly what: string;
  /** How many are made when nothing else is asked for. */
  readonly usual: number;
  readonly make: (wire: Wire, index: number) => Promise<number>;
}

const kinds: readonly Identities[] = [
  {
    what: 'groups that members ask to join',
    usual: 20_000,
    make: async (wire, index) => {
      const { errorCode } = await wire.request(apis.joinGroup, 4, {
        ...{ groupId: `group-${index}`, sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 6_000, memberId: '' },
        ...{ protocolType: 'consumer', protocols: [{ name: 'range', metadata: Buffer.alloc(0) }] },
      });
      return errorCode === 79 ? 0 : errorCode;
    },
  },
  {
    what: 'transactional ids',
    usual: 3_000,
    make: async (wire, index) => {
      const body = { transactionalId: `transaction-${index}`, transactionTimeoutMs: 60_000 };
      return (await wire.request(apis.initProducerId, 1, body)).errorCode;
    },
  },
  {
    what: 'producer ids that write to a partition',
    usual: 5_000,
    make: async (wire, index) => {
      const batch = { producerId: 1_000_000 + index, producerEpoch: 0, baseSequence: 0 };
      const records = encodeBatch(batch, [{ timestamp: 1, key: null, value: Buffer.from('v') }]);
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }];
      const { responses } = await wire.request(apis.produce, 8, { acks: 1, timeoutMs: 30_000, topicData });
      return responses[0]?.partitionResponses[0]?.errorCode ?? -1;
    },
  },
];

async function make({ bootstrap }: RunningBroker, { make: one }: Identities, from: number, to: number): Promise<void> {
  using wire = new Wire(bootstrap);
  // The first request makes the coordinators' topics.
  for (const keyType of [0, 1]) await wire.request(apis.findCoordinator, 1, { key: 'first', keyType });
  const some = () => Promise.all(Array.from({ length: 50 }, (_, index) => one(wire, from + index)));
  const isReady = async () => (await some()).every((code) => code === 0) || undefined;
  await waitFor(isReady, { what: 'the coordinators of all partitions' });
  for (let index = from; index < to; index += together) {
    const next = Array.from({ length: Math.min(together, to - index) }, (_, place) => one(wire, index + place));
    expect(new Set(await Promise.all(next))).toEqual(new Set([0]));
  }
}

test.each(kinds)('many $what take little memory each', async (kind) => {
  const broker = await startBroker({ 'nagare.durability': 'os' });
  await createTopics(broker.bootstrap, { orders: {} });
  const count = timesOf('NAGARE_IDENTITIES', kind.usual);
  await make(broker, kind, 0, 1_000);
  const before = await settledBytes(broker.pid);
  await make(broker, kind, 1_000, 1_000 + count);
  const eachBytes = ((await settledBytes(broker.pid)) - before) / count;
  note({
    limit: `${whole(count)} ${kind.what}`,
    measured: `${whole(eachBytes)} bytes each, with what waits to be collected`,
    goal: '1 KB each; expired',
  });
  // What is being collected and what is kept cannot be told apart from outside; a leak of requests would be more.
  expect(eachBytes * count).toBeLessThan(150 * 1024 * 1024 + count * 1024);
});

test('a hundred thousand client ids leave nothing behind', async () => {
  const broker = await startBroker();
  using peer = await Peer.connect(broker.bootstrap);
  const send = async (from: number, to: number) => {
    for (let index = from; index < to; index += 1) {
      // Long ids make it plain whether they are kept.
      if (!peer.send(frameFor(apis.apiVersions, 0, {}, `client-${index}-${'x'.repeat(1_000)}`))) await peer.drained();
    }
  };
  await send(0, 20_000);
  const before = await settledBytes(broker.pid);
  await send(20_000, 120_000);
  const grown = (await settledBytes(broker.pid)) - before;
  note({
    limit: '100,000 client ids of 1,000 characters',
    measured: `${whole(grown / 100_000)} bytes each`,
    goal: 'nothing kept',
  });
  expect(grown).toBeLessThan(60 * 1024 * 1024);
  expect(peer.isClosed).toBe(false);
});
