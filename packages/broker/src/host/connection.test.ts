import { nodePlatform } from '@nagare/base/node';
import { apis, codecOf, errorCode, type Writer } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { WireClient } from '../testing/wire-client.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker({ 'socket.request.max.bytes': 1_000_000 });
});
afterEach(() => kit[Symbol.asyncDispose]());

const lengthOf = (length: number) => {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(length);
  return prefix;
};

describe('a connection', () => {
  test.each([
    ['a negative length', [lengthOf(-1)]],
    ['a length above socket.request.max.bytes', [lengthOf(1_000_001)]],
    ['a length of 0', [lengthOf(0)]],
    ['an API key that does not exist', [lengthOf(10), Buffer.from([0x7f, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff])]],
    ['a version that does not exist', [lengthOf(10), Buffer.from([0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff])]],
    ['a body that is cut short', [lengthOf(12), Buffer.from([0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0])]],
    [
      'a count that the bytes cannot hold',
      [lengthOf(14), Buffer.from([0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 255, 255, 255])],
    ],
    [
      'a list that must not be null',
      [lengthOf(18), Buffer.from([0, 19, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 255, 255, 255, 255, 0, 0, 0, 1])],
    ],
    ['a list of -2', [lengthOf(14), Buffer.from([0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 255, 255, 255, 254])]],
    [
      'a string that the bytes do not hold',
      [lengthOf(16), Buffer.from([0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 1, 0x7f, 0xff])],
    ],
    ['a client id that the bytes do not hold', [lengthOf(10), Buffer.from([0, 18, 0, 0, 0, 0, 0, 1, 0, 9])]],
    [
      'a varint without an end',
      [lengthOf(16), Buffer.from([0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 255, 255, 255, 255, 255, 1])],
    ],
    ['more tagged fields than bytes', [lengthOf(12), Buffer.from([0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 100, 0])]],
    [
      'tagged fields out of order',
      [lengthOf(17), Buffer.from([0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 2, 5, 0, 4, 0, 0, 0])],
    ],
    ['a TLS handshake', [Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])]],
    ['an HTTP request', [Buffer.from('GET / HTTP/1.1\r\nHost: broker\r\n\r\n')]],
  ])('is closed after %s, and others are not', async (_, bytes) => {
    const bad = await kit.connect();
    bad.bytes(bytes);
    await bad.closed;
    expect((await kit.client.request(apis.apiVersions, 0, {})).errorCode).toBe(0);
  });

  test('answers what came before a request that is no use, and closes', async () => {
    const bad = await kit.connect();
    const answer = bad.request(apis.apiVersions, 0, {});
    bad.bytes([lengthOf(-1)]);
    expect((await answer).errorCode).toBe(0);
    await bad.closed;
  });

  test('answers what waits in front of a request that is no use, and drops what comes behind it', async () => {
    await kit.createTopic('orders');
    const bad = await kit.connect();
    const fetched = bad.request(apis.fetch, 11, {
      ...{ maxWaitMs: 60_000, minBytes: 1 },
      topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] }],
    });
    bad.bytes([lengthOf(-1)]);
    bad.bytes([lengthOf(9), Buffer.alloc(9)]);
    await kit.produce('orders', ['a']);
    expect((await fetched).responses[0]?.partitions[0]?.highWatermark).toBe(1);
    await bad.closed;
  });

  test('that asks for a million configs in a few bytes each is closed', async () => {
    const greedy = await kit.connect();
    const resources = new Array(5_000).fill({ resourceType: 4, resourceName: '1', configurationKeys: null });
    await expect(greedy.request(apis.describeConfigs, 4, { resources })).rejects.toThrow('closed');
  });

  test('answers pipelined requests in their order, also when an early one waits', async () => {
    await kit.createTopic('orders');
    const order: string[] = [];
    const waiting = kit.client
      .request(apis.fetch, 11, {
        ...{ maxWaitMs: 60_000, minBytes: 1 },
        topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] }],
      })
      .then(() => order.push('fetch'));
    const behind = kit.client.request(apis.apiVersions, 0, {}).then(() => order.push('versions'));
    const other = await kit.connect();
    await other.request(apis.produce, 9, {
      ...{ acks: 1, timeoutMs: 1_000 },
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['a']) }] }],
    });
    await Promise.all([waiting, behind]);
    expect(order).toEqual(['fetch', 'versions']);
    other.close();
  });

  test('takes tagged fields that it does not know, bytes behind the body, and text that is no UTF-8', async () => {
    const odd = await kit.connect();
    const write = codecOf(apis.metadata.request, 9);
    const reader = await odd.raw(apis.metadata, 9, (writer) => {
      write.write(writer, { topics: [] });
      writer.uvarint(7);
    });
    expect(reader.remaining).toBeGreaterThan(0);
    // Topic "\xff\xfe" in version 9, with the tagged field 9 of two bytes behind it and one behind the body.
    const body = [2, 3, 0xff, 0xfe, 1, 9, 2, 0xaa, 0xbb, 1, 0, 0, 1, 8, 1, 0xcc];
    const answer = await odd.raw(apis.metadata, 9, (writer) => writer.raw(Buffer.from(body)));
    answer.skip(1, 'the tags of the header');
    const { topics } = codecOf(apis.metadata.response, 9).read(answer);
    expect(topics[0]?.errorCode).toBe(errorCode.INVALID_TOPIC_EXCEPTION);
    odd.close();
  });

  test('keeps the order of pipelined produce requests', async () => {
    await kit.createTopic('orders');
    const sent = Array.from({ length: 300 }, () => kit.produce('orders', ['x']));
    expect(await Promise.all(sent)).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  test('takes requests a byte at a time', async () => {
    const drops = await WireClient.connect(nodePlatform().network, kit.broker.address);
    const answer = drops.raw(apis.apiVersions, 0, (writer: Writer) =>
      codecOf(apis.apiVersions.request, 0).write(writer, {}),
    );
    await expect(answer).resolves.toBeDefined();
    const frame = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 9, 0xff, 0xff]);
    for (const byte of frame) drops.bytes([Buffer.from([byte])]);
    expect((await drops.request(apis.apiVersions, 0, {})).errorCode).toBe(0);
    drops.close();
  });

  test('that waits for records does not keep the broker from stopping', async () => {
    await kit.createTopic('orders');
    const waiting = kit.client.request(apis.fetch, 11, {
      ...{ maxWaitMs: 600_000, minBytes: 1_000_000 },
      topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] }],
    });
    // Behind the fetch on the same connection: once the record is there, the fetch has begun to wait.
    kit.client.send(apis.produce, 9, 1_000, (writer) =>
      codecOf(apis.produce.request, 9).write(writer, {
        ...{ acks: 0, timeoutMs: 1_000 },
        topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf(['a']) }] }],
      }),
    );
    const other = await kit.connect();
    await expect
      .poll(async () => {
        const { topics } = await other.request(apis.listOffsets, 1, {
          replicaId: -1,
          topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
        });
        return topics[0]?.partitions[0]?.offset;
      })
      .toBe(1);
    const stopping = kit.broker.stop();
    expect((await waiting).responses[0]?.partitions[0]?.errorCode).toBe(0);
    await stopping;
  });
});
