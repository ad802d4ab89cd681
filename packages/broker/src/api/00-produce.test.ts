import { apis, codecOf, errorCode, setBaseOffset, type Writer } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, startTestBroker, type TestBroker } from '../testing/test-broker.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
  await kit.createTopic('orders');
});
afterEach(() => kit[Symbol.asyncDispose]());

async function produce(
  options: { version?: number; acks?: number; topic?: string; index?: number; records?: Buffer | null } = {},
) {
  const { version = 9, acks = -1, topic = 'orders', index = 0, records = batchOf(['a']) } = options;
  const { responses } = await kit.client.request(apis.produce, version, {
    acks,
    timeoutMs: 1_000,
    topicData: [{ name: topic, partitionData: [{ index, records }] }],
  });
  return responses[0]?.partitionResponses[0];
}

describe('Produce', () => {
  test.each([3, 5, 7, 8, 9, 12])('v%i answers with the offsets that records got', async (version) => {
    expect(await produce({ version })).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce({ version, records: batchOf(['b', 'c']) })).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await produce({ version })).toMatchObject({ baseOffset: 3 });
  });

  test('v13 names the topic by its id', async () => {
    const topicId = await kit.createTopic('by-id');
    const { responses } = await kit.client.request(apis.produce, 13, {
      acks: 1,
      timeoutMs: 1_000,
      topicData: [{ topicId, partitionData: [{ index: 0, records: batchOf(['a']) }] }],
    });
    expect(responses[0]).toMatchObject({ topicId, partitionResponses: [{ errorCode: 0, baseOffset: 0 }] });
  });

  test('v13 answers UNKNOWN_TOPIC_ID for an id that no topic has', async () => {
    const { responses } = await kit.client.request(apis.produce, 13, {
      acks: 1,
      timeoutMs: 1_000,
      topicData: [{ topicId: `${'x'.repeat(21)}A`, partitionData: [{ index: 0, records: batchOf(['a']) }] }],
    });
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(errorCode.UNKNOWN_TOPIC_ID);
  });

  test.each([
    ['a topic that does not exist', { topic: 'nowhere' }, errorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['a partition that does not exist', { index: 7 }, errorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['acks of 2', { acks: 2 }, errorCode.INVALID_REQUIRED_ACKS],
    ['no records', { records: null }, errorCode.INVALID_RECORD],
    ['a checksum that is wrong', { records: corrupted() }, errorCode.CORRUPT_MESSAGE],
    ['a base offset other than 0', { records: shifted() }, errorCode.INVALID_RECORD],
    ['two batches', { records: Buffer.concat([batchOf(['a']), batchOf(['b'])]) }, errorCode.INVALID_RECORD],
  ])('refuses %s', async (_, options, code) => {
    expect(await produce(options)).toMatchObject({ errorCode: code, baseOffset: -1 });
  });

  test('refuses to write to an internal topic', async () => {
    await kit.client.request(apis.findCoordinator, 3, { key: 'group', keyType: 0 });
    expect(await produce({ topic: '__consumer_offsets' })).toMatchObject({
      errorCode: errorCode.INVALID_TOPIC_EXCEPTION,
    });
  });

  test('with acks=0 gets no answer, and the next request does', async () => {
    const writeBody = (records: Buffer, topic: string) => (writer: Writer) =>
      codecOf(apis.produce.request, 9).write(writer, {
        acks: 0,
        timeoutMs: 1_000,
        topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
      });
    kit.client.send(apis.produce, 9, 100, writeBody(batchOf(['quiet']), 'orders'));
    expect(await produce()).toMatchObject({ baseOffset: 1 });
    kit.client.send(apis.produce, 9, 101, writeBody(batchOf(['lost']), 'nowhere'));
    await kit.client.closed;
  });
});

function corrupted(): Buffer {
  const records = batchOf(['a']);
  records[records.length - 1] = 0xff;
  return records;
}

function shifted(): Buffer {
  const records = batchOf(['a']);
  setBaseOffset(records, 5);
  return records;
}
