import { zeroUuid } from '@nagare/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupRecord } from './group-record.ts';
import { decodeRecord, encodeRecords } from './records.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const topicId = 'iQ2-sOb7T1uRNzZzBBc4lA';

const commit: GroupRecord = {
  type: 'offset-commit',
  groupId: 'g',
  topic: 't',
  partition: 1,
  offset: 258,
  leaderEpoch: 3,
  metadata: 'm',
  commitTimeMs: 7,
  expireTimeMs: -1,
  topicId: zeroUuid,
};

const name = fc.string({ maxLength: 8, unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 2_000 }).map((array) => Buffer.from(array));
const int = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const time = fc.integer({ min: 0, max: 2 ** 52 });

const anyRecord: fc.Arbitrary<GroupRecord> = fc.oneof(
  fc.record({ type: fc.constant('group-tombstone' as const), groupId: name }),
  fc.record({ type: fc.constant('offset-tombstone' as const), groupId: name, topic: name, partition: int }),
  fc
    .record({
      type: fc.constant('offset-commit' as const),
      groupId: name,
      topic: name,
      partition: int,
      offset: time,
      leaderEpoch: int,
      metadata: name,
      commitTimeMs: time,
      topicId: fc.constantFrom(zeroUuid, topicId),
    })
    .map((record) => ({ ...record, expireTimeMs: -1 })),
  fc.record({
    type: fc.constant('group-metadata' as const),
    groupId: name,
    protocolType: fc.option(fc.string({ minLength: 1 })),
    generation: int,
    protocolName: fc.option(name),
    leaderId: fc.option(name),
    stateSinceMs: time,
    members: fc.array(
      fc.record({
        memberId: name,
        groupInstanceId: fc.option(name),
        clientId: name,
        clientHost: name,
        rebalanceTimeoutMs: int,
        sessionTimeoutMs: int,
        subscription: bytes,
        assignment: bytes,
      }),
      { maxLength: 4 },
    ),
  }),
);

describe('records of __consumer_offsets', () => {
  test('have the bytes that Kafka gives them', () => {
    const [stored] = encodeRecords([commit]);
    expect(stored?.key).toEqual(hex('0001 0001 67 0001 74 00000001'));
    expect(stored?.value).toEqual(hex('0004 0000000000000102 00000003 02 6d 0000000000000007 00'));
    const [tombstone] = encodeRecords([{ type: 'group-tombstone', groupId: 'g' }]);
    expect(tombstone).toEqual({ key: hex('0002 0001 67'), value: null });
    const [empty] = encodeRecords([
      {
        type: 'group-metadata',
        groupId: 'g',
        protocolType: 'consumer',
        generation: 2,
        protocolName: null,
        leaderId: null,
        stateSinceMs: 7,
        members: [],
      },
    ]);
    expect(empty?.value).toEqual(hex('0003 0008 636f6e73756d6572 00000002 ffff ffff 0000000000000007 00000000'));
  });

  test('have the version of their value that what they tell needs', () => {
    const versionOf = (record: GroupRecord) => encodeRecords([record])[0]?.value?.readInt16BE(0);
    expect(versionOf(commit)).toBe(4);
    expect(versionOf({ ...commit, topicId })).toBe(4);
    expect(versionOf({ ...commit, expireTimeMs: 9 })).toBe(1);
  });

  test('tell in whose transaction an offset stands by their batch alone', () => {
    const staged = { ...commit, producer: { id: 7, epoch: 2 } };
    const [stored] = encodeRecords([staged]);
    expect(stored).toEqual({ ...encodeRecords([commit])[0], producer: { id: 7, epoch: 2 } });
    expect(stored && decodeRecord(stored)).toEqual(staged);
  });

  test('come back as they were, many in one buffer', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 6 }), (records) => {
        expect(encodeRecords(records).map(decodeRecord)).toEqual(records);
      }),
    );
  });

  test('of an expiring commit keep the time and lose what version 1 has no place for', () => {
    const [stored] = encodeRecords([{ ...commit, expireTimeMs: 9, topicId }]);
    const key = stored?.key ?? null;
    expect(decodeRecord({ key, value: stored?.value ?? null })).toEqual({
      ...commit,
      expireTimeMs: 9,
      leaderEpoch: -1,
    });
  });

  test('of other kinds, and no keys at all, are passed over', () => {
    const value = Buffer.alloc(20);
    expect(decodeRecord({ key: null, value })).toBeUndefined();
    expect(decodeRecord({ key: hex('00'), value })).toBeUndefined();
    for (const kind of ['0004', '000b', '0011', '7fff', 'ffff']) {
      expect(decodeRecord({ key: hex(`${kind} 0001 67`), value })).toBeUndefined();
    }
  });

  test('of an old broker are read', () => {
    const key = hex('0000 0001 67 0001 74 00000001');
    const value = hex('0000 0000000000000102 0001 6d 0000000000000007');
    expect(decodeRecord({ key, value })).toEqual({ ...commit, leaderEpoch: -1 });
  });
});
