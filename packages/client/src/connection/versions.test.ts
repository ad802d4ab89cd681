import { apis } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { commonVersion } from './versions.ts';

const broker = (min: number, max: number) => new Map([[apis.heartbeat.key, { min, max }]]);

test('takes the newest version that both sides speak', () => {
  expect(commonVersion(apis.heartbeat, broker(0, 2))).toBe(2);
  expect(commonVersion(apis.heartbeat, broker(1, 99))).toBe(apis.heartbeat.versions.max);
});

test('names topics by name in Produce, and by id in Fetch', () => {
  const all = new Map([apis.fetch, apis.produce].map((api) => [api.key, { min: 0, max: 99 }]));
  expect([commonVersion(apis.fetch, all), commonVersion(apis.produce, all)]).toEqual([18, 12]);
});

test.each([
  ['is too old', broker(-5, -1)],
  ['is too new', broker(90, 99)],
  ['lacks the API', new Map()],
])('refuses a broker that %s', (_what, versions) => {
  expect(() => commonVersion(apis.heartbeat, versions)).toThrow(
    expect.objectContaining({ code: 'NAGARE_CLIENT_UNSUPPORTED' }),
  );
});
