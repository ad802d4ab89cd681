import { apis, errorName, isControl, readEndTxnMarker } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchOnce } from '../testing/read-topic.ts';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { TxnProducer } from '../testing/txn-producer.ts';

let kit: TestBroker;
let producer: TxnProducer;

beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders', { partitions: 2 });
  producer = await TxnProducer.start(kit.client, { transactionalId: 'payments' });
});
afterEach(() => kit[Symbol.asyncDispose]());

interface Marker {
  readonly producerEpoch?: number;
  readonly coordinatorEpoch?: number;
  readonly transactionResult?: boolean;
  readonly transactionVersion?: number;
  readonly topics?: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[];
}

async function write(marker: Marker, version = 2): Promise<string[]> {
  const { producerEpoch = producer.epoch, coordinatorEpoch = 0, transactionResult = false, ...rest } = marker;
  const topics = [{ name: 'orders', partitionIndexes: [0] }];
  const answer = await kit.client.request(apis.writeTxnMarkers, version, {
    markers: [{ producerId: producer.id, producerEpoch, coordinatorEpoch, transactionResult, topics, ...rest }],
  });
  expect(answer.markers.map(({ producerId }) => producerId)).toEqual([producer.id]);
  return answer.markers[0]!.topics.flatMap(({ partitions }) => partitions.map((each) => errorName(each.errorCode)));
}

describe('WriteTxnMarkers', () => {
  test.each([1, 2])('v%i ends a transaction in a partition', async (version) => {
    await producer.write('orders', ['no']);
    expect(await write({ coordinatorEpoch: 4 }, version)).toEqual(['NONE']);
    const { batches, lastStableOffset, aborted } = await fetchOnce(kit.client, 'orders');
    expect([lastStableOffset, aborted]).toEqual([2, [{ producerId: producer.id, firstOffset: 0 }]]);
    const [marker] = batches.filter((batch) => isControl(batch));
    expect(readEndTxnMarker(marker!)).toMatchObject({ type: 'abort', coordinatorEpoch: 4 });
    expect(await write({ coordinatorEpoch: 3 }, version)).toEqual(['TRANSACTION_COORDINATOR_FENCED']);
  });

  test('knows markers that come too late by the version of their transaction', async () => {
    await producer.write('orders', ['a']);
    expect(await write({ transactionVersion: 2 })).toEqual(['INVALID_PRODUCER_EPOCH']);
    expect(await write({ transactionVersion: 2, producerEpoch: producer.epoch + 1 })).toEqual(['NONE']);
    expect(await write({ transactionVersion: 2, producerEpoch: producer.epoch + 1 })).toEqual(['NONE']);
    expect(await write({ transactionVersion: 1 })).toEqual(['INVALID_PRODUCER_EPOCH']);
  });

  test('tells each partition apart', async () => {
    const topics = [
      { name: 'orders', partitionIndexes: [1, 2] },
      { name: 'gone', partitionIndexes: [0] },
    ];
    expect(await write({ topics })).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION']);
    const none = await kit.client.request(apis.writeTxnMarkers, 2, { markers: [] });
    expect(none.markers).toEqual([]);
  });
});
