import { expect, test } from 'vitest';
import { renderTable } from './listing.ts';

test('a table is columns without lines, numbers to the right, - for null, no blanks at the end', async () => {
  const text = await renderTable({
    heads: ['topic', 'count'],
    rows: [
      ['orders', 1],
      [null, 100],
    ],
  });
  expect(text).toBe('TOPIC   COUNT\norders      1\n-         100');
});

test('a table without rows is its headings', async () => {
  expect(await renderTable({ heads: ['topic', 'count'], rows: [] })).toBe('TOPIC  COUNT');
});
