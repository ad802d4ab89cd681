import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { topicIdOf } from '../../../testing/consumer-shard.ts';
import { decodeRecord, encodeRecords } from '../records.ts';
import { orderedNames } from './consumer-member.ts';
import type { ConsumerRecord } from './consumer-record.ts';

const name = fc.string({ maxLength: 12 });
const indexes = fc.uniqueArray(fc.nat({ max: 50 }), { minLength: 1, maxLength: 4 });
const topicId = fc.constantFrom(...['t', 'u', 'v'].map((each) => topicIdOf(each)));
const partitions = fc
  .uniqueArray(fc.tuple(topicId, indexes), { selector: ([id]) => id, maxLength: 3 })
  .map((all) => new Map(all.map(([id, list]) => [id, new Set(list)])));
const owned = partitions.map(
  (all) => new Map([...all].map(([id, list]) => [id, new Map([...list].map((index) => [index, index + 1]))])),
);
const names = fc.array(name, { maxLength: 4 }).map(orderedNames);
const epoch = fc.integer({ min: -2, max: 2 ** 31 - 1 });
const atMs = fc.nat();
const ofMember = { groupId: name, memberId: name };
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 4 });

const classic = fc.record({
  sessionTimeoutMs: fc.nat(),
  protocols: fc.array(
    fc.record({ name, metadata: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)) }),
  ),
});
const member = fc.record({
  instanceId: orNull(name),
  rackId: orNull(name),
  clientId: name,
  clientHost: name,
  topicNames: names,
  topicRegex: name,
  rebalanceTimeoutMs: epoch,
  assignor: orNull(name),
  classic: orNull(classic),
});
const current = fc.record({
  memberEpoch: epoch,
  previousMemberEpoch: epoch,
  state: fc.constantFrom('stable' as const, 'unrevoked' as const, 'unreleased' as const),
  assigned: owned,
  pendingRevocation: owned,
});
const record: fc.Arbitrary<ConsumerRecord> = fc.oneof(
  fc.record({
    type: fc.constant('consumer-group' as const),
    groupId: name,
    value: orNull(fc.record({ epoch, metadataHash: fc.maxSafeNat() })),
  }),
  fc.record({ type: fc.constant('consumer-member' as const), ...ofMember, value: orNull(member) }),
  fc.record({
    type: fc.constant('consumer-target' as const),
    groupId: name,
    value: orNull(fc.record({ epoch, atMs })),
  }),
  fc.record({ type: fc.constant('consumer-target-member' as const), ...ofMember, value: orNull(partitions) }),
  fc.record({ type: fc.constant('consumer-assignment' as const), ...ofMember, value: orNull(current) }),
  fc.record({
    type: fc.constant('consumer-regex' as const),
    groupId: name,
    regex: name,
    value: orNull(fc.record({ topics: names, atMs })),
  }),
);

describe('Records of consumer groups', () => {
  test('come back as they were, many in one buffer', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        expect(encodeRecords(records).map(decodeRecord)).toEqual(records);
      }),
    );
  });

  // As kafka-dump-log of Apache Kafka 4.3.1 reads them.
  const stored: [ConsumerRecord, string, string | null][] = [
    [
      { type: 'consumer-group', groupId: 'g', value: { epoch: 2, metadataHash: 0 } },
      '0003 0001 67',
      '0000 00000002 00',
    ],
    [{ type: 'consumer-target', groupId: 'g', value: { epoch: 2, atMs: 0 } }, '0006 0001 67', '0000 00000002 00'],
    [{ type: 'consumer-target-member', groupId: 'g', memberId: 'm', value: null }, '0007 0001 67 0001 6d', null],
    [
      {
        type: 'consumer-assignment',
        groupId: 'g',
        memberId: 'm',
        value: {
          memberEpoch: 2,
          previousMemberEpoch: 1,
          state: 'unreleased',
          assigned: new Map([['VYtkhLlkQvmJThI2ZRxp9A', new Map([[1, 2]])]]),
          pendingRevocation: new Map(),
        },
      },
      '0008 0001 67 0001 6d',
      `0000 00000002 00000001 02 02 558b6484b96442f9894e1236651c69f4 02 00000001 01 00 05 02 00000002 01 00`,
    ],
    [
      { type: 'consumer-regex', groupId: 'g', regex: 't.*', value: { topics: ['t1'], atMs: 5 } },
      '0010 0001 67 0003 742e2a',
      '0000 02 03 7431 0000000000000000 0000000000000005 00',
    ],
  ];
  test.each(stored)('have the bytes that Kafka gives them: %j', (one, key, value) => {
    const [pair] = encodeRecords([one]);
    expect(pair?.key?.toString('hex')).toBe(key.replaceAll(' ', ''));
    expect(pair?.value?.toString('hex') ?? null).toBe(value?.replaceAll(' ', '') ?? null);
  });

  test('of a broker that does not store the epochs of partitions have the one of the member', () => {
    const key = Buffer.from('000800016700016d', 'hex');
    const value = Buffer.from(
      `0000 00000004 00000003 00 02 ${'11'.repeat(16)} 02 00000001 00 01 00`.replaceAll(' ', ''),
      'hex',
    );
    const decoded = decodeRecord({ key, value });
    if (decoded?.type !== 'consumer-assignment') throw new Error('Not an assignment');
    expect([...(decoded.value?.assigned.values() ?? [])].map((epochs) => [...epochs])).toEqual([[[1, 4]]]);
  });
});
