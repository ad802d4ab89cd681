import { expect, test } from 'vitest';
import { KGroupedStream } from '../dsl/grouped.ts';
import { KStream } from '../dsl/stream.ts';
import { KTable } from '../dsl/table.ts';
import { operators } from './registry.ts';

test('operators are listed in the order of their names, once each', () => {
  const names = operators.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)].sort());
});

test('every operator is a method of a stream or table', () => {
  const methods = new Set(
    [KStream, KGroupedStream, KTable].flatMap((each) => Object.getOwnPropertyNames(each.prototype)),
  );
  const elsewhere = new Set(['lift', 'tableSource', 'tableFilter', 'tableMapValues']);
  expect(operators.map(({ name }) => name).filter((name) => !methods.has(name) && !elsewhere.has(name))).toEqual([]);
});
