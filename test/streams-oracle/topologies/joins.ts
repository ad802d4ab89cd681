import type { Step } from '../topology-spec.ts';
import { changes, input, onRocks, step, stream, table, to, topology } from './steps.ts';

const pair = { fn: 'pair' };
const kinds = ['join', 'leftJoin', 'outerJoin'] as const;
const close = { difference: 10_000, grace: 5_000 };

/** Joins two streams within windows. */
const streams = (
  name: string,
  op: string,
  options: Record<string, never | object | string | boolean>,
  ...before: readonly Step[]
) =>
  onRocks(
    topology(
      name,
      input,
      stream('more'),
      ...before,
      step(op, 's', 'j', { with: 'more', ...pair, windows: close, ...options } as never),
      to('j'),
    ),
  );

const streamStream = kinds.flatMap((op) => [
  streams(`streams-${op}`, op, {}),
  streams(`streams-${op}-named`, op, { name: 'joined', store: 'joining', fn: 'keyed' }),
  streams(`streams-${op}-no-grace`, op, { windows: { difference: 5_000, grace: 0 } }),
  streams(`streams-${op}-before`, op, { windows: { difference: 10_000, grace: 5_000, after: 0 } }),
  streams(`streams-${op}-after`, op, { windows: { difference: 10_000, grace: 0, before: 2_000 } }),
  streams(`streams-${op}-repartitioned`, op, {}, step('selectKey', 's', 's', { fn: 'letter' })),
]);

const streamTable = (['join', 'leftJoin'] as const).flatMap((op) => [
  topology(`stream-table-${op}`, input, table('t'), step(op, 's', 'j', { with: 't', ...pair }), to('j')),
  topology(
    `stream-table-${op}-kept`,
    input,
    table('t', { store: 'rows' }),
    step(op, 's', 'j', { with: 't', fn: 'keyed', name: 'joined' }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-repartitioned`,
    input,
    table('t'),
    step('selectKey', 's', 'k', { fn: 'letter' }),
    step(op, 'k', 'j', { with: 't', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-repartitioned-named`,
    input,
    table('t'),
    step('selectKey', 's', 'k', { fn: 'letter' }),
    step(op, 'k', 'j', { with: 't', ...pair, name: 'joined' }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-derived`,
    input,
    table('t'),
    step('filter', 't', 'f', { fn: 'low' }),
    step('mapValues', 'f', 'm', { fn: 'keyAndValue' }),
    step(op, 's', 'j', { with: 'm', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-to-table`,
    input,
    stream('rows'),
    step('toTable', 'rows', 't'),
    step(op, 's', 'j', { with: 't', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-counted`,
    input,
    stream('more'),
    step('groupByKey', 'more', 'g'),
    step('count', 'g', 'c'),
    step(op, 's', 'j', { with: 'c', ...pair }),
    to('j'),
  ),
]);

const streamVersionedAndGlobal = (['join', 'leftJoin'] as const).flatMap((op) => [
  topology(
    `stream-table-${op}-versioned`,
    input,
    table('t', { store: 'rows', versioned: 60_000 }),
    step(op, 's', 'j', { with: 't', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-grace`,
    input,
    step('filter', 's', 'k', { fn: 'hasKey' }),
    table('t', { store: 'rows', versioned: 60_000 }),
    step(op, 'k', 'j', { with: 't', ...pair, grace: 10_000, name: 'joined' }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-grace-null-key`,
    input,
    table('t', { store: 'rows', versioned: 60_000 }),
    step(op, 's', 'j', { with: 't', ...pair, grace: 10_000, name: 'joined' }),
    to('j'),
  ),
  topology(
    `stream-global-${op}`,
    input,
    { op: 'globalTable', topic: 'g', as: 'g' },
    step(op, 's', 'j', { with: 'g', keyFn: 'letter', ...pair }),
    to('j'),
  ),
  topology(
    `stream-global-${op}-kept`,
    input,
    { op: 'globalTable', topic: 'g', as: 'g', store: 'global' },
    step(op, 's', 'j', { with: 'g', keyFn: 'same', fn: 'keyed', name: 'joined' }),
    to('j'),
  ),
]);

const tableTable = kinds.flatMap((op) => [
  topology(`tables-${op}`, table('t'), table('u'), step(op, 't', 'j', { with: 'u', ...pair }), changes('j')),
  topology(
    `tables-${op}-kept`,
    table('t'),
    table('u', { store: 'rows' }),
    step(op, 't', 'j', { with: 'u', fn: 'nullOn3', store: 'kept', name: 'joined' }),
    changes('j'),
  ),
  topology(
    `tables-${op}-filtered`,
    table('t'),
    table('u'),
    step('filter', 't', 'f', { fn: 'low' }),
    step('mapValues', 'u', 'm', { fn: 'upper' }),
    step(op, 'f', 'j', { with: 'm', ...pair }),
    changes('j'),
  ),
  topology(
    `tables-${op}-versioned`,
    table('t', { store: 'rows', versioned: 60_000 }),
    table('u'),
    step(op, 't', 'j', { with: 'u', ...pair }),
    changes('j'),
  ),
  topology(
    `tables-${op}-regrouped`,
    table('t'),
    table('u'),
    step(op, 't', 'j', { with: 'u', ...pair }),
    step('groupBy', 'j', 'g', { fn: 'group' }),
    step('aggregate', 'g', 'a', { fn: 'concat', subtract: 'minus', store: 'kept' }),
    changes('a'),
  ),
]);

const foreignKey = (['foreignKeyJoin', 'foreignKeyLeftJoin'] as const).flatMap((op) => [
  topology(`${op}`, table('t'), table('u'), step(op, 't', 'j', { with: 'u', keyFn: 'letter', ...pair }), changes('j')),
  topology(
    `${op}-kept`,
    table('t'),
    table('u', { store: 'rows' }),
    step(op, 't', 'j', { with: 'u', keyFn: 'letter', fn: 'nullOn3', store: 'kept', name: 'joined' }),
    changes('j'),
  ),
  topology(
    `${op}-versioned`,
    table('t', { store: 'rows', versioned: 60_000 }),
    table('u', { store: 'others', versioned: 60_000 }),
    step(op, 't', 'j', { with: 'u', keyFn: 'letter', ...pair }),
    changes('j'),
  ),
]);

/** Every join. */
export const joins = [
  ...streamStream,
  ...streamTable,
  ...streamVersionedAndGlobal,
  ...tableTable,
  ...foreignKey,
  onRocks(
    topology('streams-join-itself', input, step('join', 's', 'j', { with: 's', ...pair, windows: close }), to('j')),
  ),
  onRocks(
    topology(
      'streams-join-not-logged',
      input,
      stream('more'),
      step('outerJoin', 's', 'j', { with: 'more', ...pair, windows: close, logged: false }),
      to('j'),
    ),
  ),
  topology(
    'three-tables',
    table('t'),
    table('u'),
    table('v'),
    step('join', 't', 'j', { with: 'u', ...pair }),
    step('outerJoin', 'j', 'k', { with: 'v', ...pair, store: 'kept' }),
    changes('k'),
  ),
  onRocks(
    topology(
      'three-streams',
      input,
      stream('more'),
      stream('most'),
      step('join', 's', 'j', { with: 'more', ...pair, windows: close }),
      step('leftJoin', 'j', 'k', { with: 'most', ...pair, windows: close }),
      to('k'),
    ),
  ),
  topology(
    'enrich-and-count',
    input,
    table('t'),
    step('leftJoin', 's', 'j', { with: 't', ...pair }),
    step('groupBy', 'j', 'g', { fn: 'value' }),
    step('count', 'g', 'c', { store: 'counts' }),
    changes('c'),
  ),
];
