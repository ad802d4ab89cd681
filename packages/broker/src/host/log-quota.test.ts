import { silentLog } from '@nagare/base';
import { expect, test } from 'vitest';
import { LogQuota } from './log-quota.ts';

test('what strangers can repeat is told twenty times in ten seconds, and then how often it was not', () => {
  const lines: unknown[] = [];
  let nowMs = 5_000;
  const log = { ...silentLog, info: (_event: string, fields?: object) => lines.push(fields) };
  const quota = new LogQuota(log, { monotonicMs: () => nowMs });
  for (let connection = 1; connection <= 100; connection += 1) quota.info('connection.refused', { connection });
  expect(lines).toEqual(Array.from({ length: 20 }, (_, index) => ({ connection: index + 1 })));
  nowMs += 9_999;
  quota.info('connection.refused', { connection: 101 });
  expect(lines).toHaveLength(20);
  nowMs += 1;
  quota.info('connection.refused', { connection: 102 });
  quota.info('connection.refused', { connection: 103 });
  expect(lines.slice(20)).toEqual([{ connection: 102, omittedBefore: 81 }, { connection: 103 }]);
});
