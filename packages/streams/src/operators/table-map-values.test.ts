import { int32, string } from '@nagare/serdes';
import { expect, expectTypeOf, test } from 'vitest';
import type { KTable } from '../dsl/table.ts';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

test('mapValues of a table replaces rows and leaves deletions alone', () => {
  const { driver, output } = oneStream(
    (_, b) => {
      const lengths = b.table('rows', texts).mapValues((value) => value.length);
      expectTypeOf(lengths).toEqualTypeOf<KTable<string, number>>();
      return lengths.toStream();
    },
    { key: string, value: int32 },
  );
  driver.createInputTopic('rows', texts).pipeKeyValueList([
    ['a', 'xyz'],
    ['a', null],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['a', 3],
    ['a', null],
  ]);
});
