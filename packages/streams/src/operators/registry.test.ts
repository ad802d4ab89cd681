import { expect, test } from 'vitest';
import { KGroupedStream } from '../dsl/grouped.ts';
import { KGroupedTable } from '../dsl/grouped-table.ts';
import { KStream } from '../dsl/stream.ts';
import { KTable } from '../dsl/table.ts';
import { operators } from './registry.ts';

/** Operators of tables have the names of their methods behind the word. */
function methodOf(name: string): string {
  return name.replace(/^table([A-Z])/, (_, first: string) => first.toLowerCase());
}

test('operators are listed in the order of their names, once each', () => {
  const names = operators.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)].sort());
});

test('every operator is a method of a stream or table', () => {
  const methods = new Set(
    [KStream, KGroupedStream, KTable, KGroupedTable].flatMap((each) => Object.getOwnPropertyNames(each.prototype)),
  );
  const elsewhere = new Set(['foreignKeyJoin', 'lift', 'streamJoin', 'tableSource']);
  expect(
    operators.map(({ name }) => name).filter((name) => !methods.has(methodOf(name)) && !elsewhere.has(name)),
  ).toEqual([]);
});
