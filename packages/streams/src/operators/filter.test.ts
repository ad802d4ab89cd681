import { string } from '@nagare/serdes';
import { expect, expectTypeOf, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('filter', (stream, call) =>
  stream.filter((key, value) => {
    call(key, value);
    return true;
  }),
);

test('filter lets through what the predicate holds for', () => {
  const { input, output } = oneStream((stream) => stream.filter((key, value) => key < value), {
    key: string,
    value: string,
  });
  input.pipeKeyValueList([
    ['a', 'b'],
    ['b', 'a'],
    ['c', 'd'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('filter narrows the type with a type guard', () => {
  oneStream(
    (stream) => {
      const narrowed = stream.filter((_key, value): value is 'yes' => value === 'yes');
      expectTypeOf(narrowed).toEqualTypeOf<KStream<string, 'yes'>>();
      return stream;
    },
    { key: string, value: string },
  );
});
