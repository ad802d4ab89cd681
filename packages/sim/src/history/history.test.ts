import { expect, test } from 'vitest';
import { History } from './history.ts';
import { operationsOf } from './operation.ts';

test('what a process turned out to ask for is known of it, though it dies before it learns what came of it', () => {
  const history = new History(() => 0);
  history.invoke(1, 'txn', [['poll']]).asks([
    ['poll', { 0: [[7, 70]] }],
    ['send', 1, 71],
    ['commit', { 0: 8 }],
  ]);
  const [operation] = operationsOf(history.events);
  expect(operation).toMatchObject({
    type: 'info',
    reads: [{ key: 0, offset: 7, value: 70 }],
    sends: [{ key: 1, value: 71, offset: undefined }],
    commits: [{ key: 0, offset: 8 }],
  });
});

test('a failure is one of all that was asked for', () => {
  const history = new History(() => 0);
  const invocation = history.invoke(1, 'txn', [['poll']]);
  invocation.asks([['send', 1, 71]]);
  invocation.fail('aborted');
  expect(operationsOf(history.events)).toMatchObject([{ type: 'fail', sends: [{ value: 71 }] }]);
});
