import { string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import {
  afterPrefix,
  combinedKey,
  foreignKeyPrefix,
  instructions,
  type Subscription,
  subscriptionResponseSerde,
  subscriptionSerde,
} from './subscription.ts';

const hash = Buffer.alloc(16, 7);
const subscriptions = subscriptionSerde(string, 'keys');
const responses = subscriptionResponseSerde(string);

test('a subscription comes back as it was, with and without a hash', () => {
  for (const each of [hash, null]) {
    const subscription: Subscription<string> = {
      hash: each,
      instruction: instructions.answer,
      primaryKey: 'key',
      primaryPartition: 3,
    };
    expect(subscriptions.deserialize('t', subscriptions.serialize('t', subscription))).toEqual(subscription);
  }
});

test('a subscription of version 0 has no partition', () => {
  const bytes = Buffer.concat([Buffer.from([0x80, instructions.answerIfThere]), Buffer.from('key')]);
  expect(subscriptions.deserialize('t', bytes)).toEqual({
    hash: null,
    instruction: instructions.answerIfThere,
    primaryKey: 'key',
    primaryPartition: undefined,
  });
});

test('an answer comes back without the partition that it went to', () => {
  for (const foreignValue of ['row', null]) {
    const bytes = responses.serialize('t', { hash, foreignValue, primaryPartition: 2 });
    expect(responses.deserialize('t', bytes)).toEqual({ hash, foreignValue, primaryPartition: undefined });
  }
});

test('versions and instructions that are not known are refused', () => {
  const refused = expect.objectContaining({ code: 'NAGARE_SERDES_BAD_BYTES' });
  expect(() => subscriptions.deserialize('t', Buffer.from([2, 0, 0, 0, 0, 0]))).toThrow(refused);
  expect(() => subscriptions.deserialize('t', Buffer.from([0x81, 4, 0, 0, 0, 0]))).toThrow(refused);
  expect(() => subscriptions.deserialize('t', Buffer.from([1, 0, 1]))).toThrow(refused);
  expect(() => responses.deserialize('t', Buffer.from([0x81]))).toThrow(refused);
});

test('a foreign key that another one starts with has none of its subscriptions', () => {
  const key = combinedKey(Buffer.from('ab'), Buffer.from('1'));
  const shorter = foreignKeyPrefix(Buffer.from('a'));
  expect(key.subarray(0, shorter.length).equals(shorter)).toBe(false);
  expect(key.compare(afterPrefix(foreignKeyPrefix(Buffer.from('ab'))))).toBe(-1);
  expect(afterPrefix(Buffer.from([0, 1, 255]))).toEqual(Buffer.from([0, 2, 0]));
});
