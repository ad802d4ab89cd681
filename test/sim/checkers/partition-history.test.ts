import { describe, expect, test } from 'vitest';
import { partitionFaults } from './partition-history.ts';

const sent = [
  { producer: 1, index: 0, acknowledgedOffset: 0 },
  { producer: 2, index: 0, acknowledgedOffset: undefined },
  { producer: 1, index: 1, acknowledgedOffset: 2 },
];
const at = (offset: number, producer: number, index: number) => ({ offset, producer, index });

describe('partitionFaults()', () => {
  test('accepts what was acknowledged, with or without what was not', () => {
    expect(partitionFaults(sent, [at(0, 1, 0), at(1, 2, 0), at(2, 1, 1)])).toEqual([]);
    expect(partitionFaults(sent, [at(0, 1, 0), at(2, 1, 1)])).toEqual([]);
  });

  test.each([
    ['a lost record', [at(0, 1, 0)], '1/1 was acknowledged at 2 and is missing'],
    ['a record at another offset', [at(0, 1, 0), at(3, 1, 1)], '1/1 was acknowledged at 2 and is at 3'],
    ['a duplicate', [at(0, 1, 0), at(2, 1, 1), at(3, 1, 1)], '1/1 is at 2 and again at 3'],
    ['a wrong order', [at(0, 1, 1), at(1, 1, 0)], '1/0 at 1 comes after 1'],
    ['a record that nobody sent', [at(0, 1, 0), at(2, 1, 1), at(4, 9, 9)], '9/9 is at 4 and was never sent'],
  ])('reports %s', (_, read, fault) => {
    expect(partitionFaults(sent, read)).toContain(fault);
  });
});
