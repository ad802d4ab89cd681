import { int64, string } from '@nagare/serdes';
import { expect, expectTypeOf, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';

test('toStream has null in its type, because a row may be deleted, and keeps the serdes', () => {
  const counts = { key: string, value: int64 };
  const { driver, input } = oneStream((stream) => {
    const changes = stream.groupByKey().count().toStream();
    expectTypeOf(changes).toEqualTypeOf<KStream<string, number | null>>();
    changes.to('counts');
    return changes;
  }, counts);
  input.pipeInput('a', 'x');
  expect(driver.createOutputTopic('counts', counts).readKeyValue()).toEqual(['a', 1]);
});
