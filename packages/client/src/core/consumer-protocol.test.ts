import { expect, test } from 'vitest';
import { readAssignment, readSubscription, writeAssignment, writeSubscription } from './consumer-protocol.ts';

const member = { memberId: 'm', groupInstanceId: null };

test('a subscription says topics in order, what is owned, since when, and where the member is', () => {
  const bytes = writeSubscription({
    topics: ['u', 't'],
    userData: Buffer.from('x'),
    ownedPartitions: [
      { topic: 't', partition: 2 },
      { topic: 'u', partition: 0 },
      { topic: 't', partition: 1 },
    ],
    generationId: 4,
    rackId: 'r',
  });
  expect(readSubscription(bytes, member)).toEqual({
    ...member,
    topics: ['t', 'u'],
    userData: Buffer.from('x'),
    ownedPartitions: [
      { topic: 't', partition: 2 },
      { topic: 't', partition: 1 },
      { topic: 'u', partition: 0 },
    ],
    generationId: 4,
    rackId: 'r',
  });
});

test('the subscription of an old client is read, which ends after the user data', () => {
  const bytes = Buffer.from('0000' + '00000001' + '000174' + 'ffffffff', 'hex');
  const subscription = readSubscription(bytes, member);
  expect(subscription).toMatchObject({ topics: ['t'], userData: null, ownedPartitions: [], generationId: -1 });
});

test('a subscription of a newer version is read as the newest that is known', () => {
  const bytes = writeSubscription({
    topics: ['t'],
    userData: null,
    ownedPartitions: [],
    generationId: 1,
    rackId: null,
  });
  bytes.writeInt16BE(9, 0);
  const newer = Buffer.concat([bytes, Buffer.from('more')]);
  expect(readSubscription(newer, member)).toMatchObject({ topics: ['t'], generationId: 1 });
});

test('an assignment is read as it was written, and no bytes mean none', () => {
  const partitions = [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 5 },
    { topic: 'u', partition: 1 },
  ];
  expect(readAssignment(writeAssignment({ partitions }))).toEqual({ partitions, userData: null });
  expect(readAssignment(Buffer.alloc(0))).toEqual({ partitions: [], userData: null });
});
