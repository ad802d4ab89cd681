import { int32, string } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { keyValueStore } from '../state/store-spec.ts';
import { twoTables } from '../testing/two-tables.ts';
import type { ValueTransformerContext } from './table-transform-values.ts';

const texts = { key: string, value: string };
const changes = keyValueStore({ name: 'changes', key: string, value: int32 });

/** Says how often a row has changed. */
function counting({ keyValueStore: store }: ValueTransformerContext) {
  const counts = store<string, number>('changes');
  return (row: string | null, key: string) => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.put(key, count);
    return row === null ? null : `${row}#${count}`;
  };
}

test('a transformer uses stores, is asked about deletions, and has its result kept', () => {
  const { driver, left, output } = twoTables(
    (table) => table.transformValues(counting, { stores: [changes], store: 'counted', value: string }),
    texts,
  );
  left.pipeKeyValueList([
    ['a', 'x'],
    ['a', null],
    ['a', 'y'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['a', 'x#1'],
    ['a', null],
    ['a', 'y#3'],
  ]);
  expect(driver.getKeyValueStore('counted').get('a')).toBe('y#3');
});

test('a result that is not kept is computed where a join looks a row up, also where there is none', () => {
  const { left, right, output, topology } = twoTables(
    (table, other) =>
      other.join(
        table.transformValues(() => (row) => row ?? 'nobody'),
        (a, b) => `${a}/${b}`,
      ),
    texts,
  );
  right.pipeInput('a', '1');
  left.pipeInput('a', 'Ann');
  right.pipeInput('a', '2');
  expect(output.readKeyValuesToList()).toEqual([
    ['a', '1/nobody'],
    ['a', '1/Ann'],
    ['a', '2/Ann'],
  ]);
  const [part] = topology.subTopologies;
  expect(part?.processors.map(({ name }) => name)).toContain('KTABLE-TRANSFORMVALUES-0000000006');
});
