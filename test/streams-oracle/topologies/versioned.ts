import { changes, input, step, stream, table, to, topology } from './steps.ts';

const pair = { fn: 'pair' };
/** Short enough for many records to be older. */
const short = { store: 'rows', versioned: 5_000 };
const long = { store: 'rows', versioned: 60_000 };
const gathered = { fn: 'concat', subtract: 'minus', store: 'kept' };

const sources = [
  topology('versioned-short', table('t', short), changes('t')),
  topology('versioned-no-history', table('t', { ...short, versioned: 0 }), changes('t')),
  topology('versioned-not-logged', table('t', { ...long, logged: false }), changes('t')),
  topology(
    'versioned-topic-config',
    table('t', { ...long, topicConfig: { 'min.compaction.lag.ms': '1000', 'segment.bytes': '1048576' } }),
    changes('t'),
  ),
  topology('versioned-to-table', input, step('toTable', 's', 't', { ...short, name: 'rowing' }), changes('t')),
  topology(
    'versioned-to-table-repartitioned',
    input,
    step('selectKey', 's', 'k', { fn: 'letter' }),
    step('toTable', 'k', 't', long),
    changes('t'),
  ),
];

const derived = [
  topology('versioned-filter-short', table('t', short), step('filter', 't', 'f', { fn: 'low' }), changes('f')),
  topology(
    'versioned-filter-kept',
    table('t', long),
    step('filter', 't', 'f', { fn: 'low', store: 'kept' }),
    changes('f'),
  ),
  topology(
    'versioned-filter-kept-versioned',
    table('t', long),
    step('filterNot', 't', 'f', { fn: 'even', store: 'kept', versioned: 5_000, name: 'odds' }),
    changes('f'),
  ),
  topology(
    'filter-kept-versioned',
    table('t'),
    step('filter', 't', 'f', { fn: 'low', store: 'kept', versioned: 5_000 }),
    changes('f'),
  ),
  topology('versioned-map-values', table('t', short), step('mapValues', 't', 'm', { fn: 'nullOn3' }), changes('m')),
  topology(
    'versioned-map-values-kept-versioned',
    table('t', long),
    step('mapValues', 't', 'm', { fn: 'nullOn3', store: 'kept', versioned: 10_000 }),
    changes('m'),
  ),
  topology(
    'versioned-transform-values',
    table('t', short),
    step('transformValues', 't', 'm', { fn: 'keyAndValue' }),
    changes('m'),
  ),
  topology(
    'versioned-transform-values-kept-versioned',
    table('t', long),
    step('transformValues', 't', 'm', { fn: 'upper', store: 'kept', versioned: 10_000, name: 'shouting' }),
    changes('m'),
  ),
  topology(
    'versioned-chain',
    table('t', long),
    step('filter', 't', 'f', { fn: 'low' }),
    step('mapValues', 'f', 'm', { fn: 'upper' }),
    step('filterNot', 'm', 'n', { fn: 'even', store: 'kept', versioned: 20_000 }),
    changes('n'),
  ),
];

const transformed = [
  topology(
    'table-transform-values-materialized',
    table('t'),
    step('transformValues', 't', 'm', { fn: 'bang', materialized: true, name: 'shouts' }),
    step('filter', 'm', 'f', { fn: 'all', store: 'kept' }),
    changes('f'),
  ),
  topology(
    'table-aggregate-of-transformed',
    table('t'),
    step('transformValues', 't', 'm', { fn: 'upper' }),
    step('groupBy', 'm', 'g', { fn: 'letter' }),
    step('aggregate', 'g', 'a', gathered),
    changes('a'),
  ),
  topology(
    'table-aggregate-of-kept-transformed',
    table('t'),
    step('transformValues', 't', 'm', { fn: 'nullOn3', store: 'transformed' }),
    step('groupBy', 'm', 'g', { fn: 'group' }),
    step('aggregate', 'g', 'a', gathered),
    changes('a'),
  ),
  topology(
    'tables-join-transformed',
    table('t'),
    table('u'),
    step('transformValues', 'u', 'm', { fn: 'keyAndValue' }),
    step('leftJoin', 't', 'j', { with: 'm', ...pair }),
    changes('j'),
  ),
];

const aggregations = [
  topology(
    'versioned-aggregate-short',
    table('t', short),
    step('groupBy', 't', 'g', { fn: 'group' }),
    step('aggregate', 'g', 'a', gathered),
    changes('a'),
  ),
  topology(
    'versioned-aggregate-of-filtered',
    table('t', long),
    step('filter', 't', 'f', { fn: 'low' }),
    step('groupBy', 'f', 'g', { fn: 'group' }),
    step('aggregate', 'g', 'a', gathered),
    changes('a'),
  ),
  topology(
    'versioned-aggregate-of-unversioned',
    table('t', long),
    step('mapValues', 't', 'm', { fn: 'bang', store: 'mapped' }),
    step('groupBy', 'm', 'g', { fn: 'group' }),
    step('aggregate', 'g', 'a', gathered),
    changes('a'),
  ),
  topology(
    'versioned-aggregate-kept-versioned',
    table('t', long),
    step('groupBy', 't', 'g', { fn: 'letter' }),
    step('aggregate', 'g', 'a', { ...gathered, versioned: 5_000 }),
    changes('a'),
  ),
  topology(
    'versioned-count-by',
    table('t', long),
    step('groupBy', 't', 'g', { fn: 'group' }),
    step('count', 'g', 'c', { store: 'counts' }),
    changes('c'),
  ),
  topology(
    'reduce-versioned',
    input,
    step('groupByKey', 's', 'g'),
    step('reduce', 'g', 'r', { fn: 'nullOn1', store: 'kept', versioned: 5_000 }),
    changes('r'),
  ),
  topology(
    'aggregate-versioned',
    input,
    step('groupByKey', 's', 'g'),
    step('aggregate', 'g', 'a', { fn: 'nullOn0', store: 'kept', versioned: 60_000 }),
    changes('a'),
  ),
];

const tableJoins = (['join', 'leftJoin', 'outerJoin'] as const).flatMap((op) => [
  topology(
    `tables-${op}-both-versioned`,
    table('t', short),
    table('u', { store: 'others', versioned: 60_000 }),
    step(op, 't', 'j', { with: 'u', ...pair }),
    changes('j'),
  ),
  topology(
    `tables-${op}-other-versioned`,
    table('t'),
    table('u', { store: 'others', versioned: 10_000 }),
    step(op, 't', 'j', { with: 'u', ...pair, store: 'kept' }),
    changes('j'),
  ),
  topology(
    `tables-${op}-kept-versioned`,
    table('t', long),
    table('u'),
    step('filter', 't', 'f', { fn: 'low' }),
    step(op, 'f', 'j', { with: 'u', ...pair, store: 'kept', versioned: 10_000, name: 'joined' }),
    changes('j'),
  ),
]);

const foreignKeyJoins = (['foreignKeyJoin', 'foreignKeyLeftJoin'] as const).flatMap((op) => [
  topology(
    `${op}-own-versioned`,
    table('t', short),
    table('u'),
    step(op, 't', 'j', { with: 'u', keyFn: 'letter', ...pair }),
    changes('j'),
  ),
  topology(
    `${op}-other-versioned`,
    table('t'),
    table('u', short),
    step(op, 't', 'j', { with: 'u', keyFn: 'letter', ...pair }),
    changes('j'),
  ),
  topology(
    `${op}-kept-versioned`,
    table('t'),
    table('u', long),
    step('filter', 'u', 'f', { fn: 'low' }),
    step(op, 't', 'j', { with: 'f', keyFn: 'letter', ...pair, store: 'kept', versioned: 10_000 }),
    changes('j'),
  ),
]);

const streamJoins = (['join', 'leftJoin'] as const).flatMap((op) => [
  topology(
    `stream-table-${op}-versioned-short`,
    input,
    table('t', short),
    step(op, 's', 'j', { with: 't', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-versioned-derived`,
    input,
    table('t', long),
    step('filter', 't', 'f', { fn: 'low' }),
    step('mapValues', 'f', 'm', { fn: 'keyAndValue' }),
    step(op, 's', 'j', { with: 'm', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-versioned-transformed`,
    input,
    table('t', long),
    step('transformValues', 't', 'm', { fn: 'keyAndValue' }),
    step(op, 's', 'j', { with: 'm', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-versioned-kept-derived`,
    input,
    table('t', long),
    step('filter', 't', 'f', { fn: 'low', store: 'kept' }),
    step(op, 's', 'j', { with: 'f', ...pair }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-versioned-aggregate`,
    input,
    stream('more'),
    step('groupByKey', 'more', 'g'),
    step('count', 'g', 'c', { store: 'counts', versioned: 60_000 }),
    step(op, 's', 'j', { with: 'c', ...pair }),
    to('j'),
  ),
]);

/** Kafka Streams cannot have records without a key wait. */
const withKeys = step('filter', 's', 'k', { fn: 'hasKey' });

const graceJoins = (['join', 'leftJoin'] as const).flatMap((op) => [
  topology(
    `stream-table-${op}-no-grace`,
    input,
    withKeys,
    table('t', long),
    step(op, 'k', 'j', { with: 't', ...pair, grace: 0 }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-long-grace`,
    input,
    withKeys,
    table('t', long),
    step(op, 'k', 'j', { with: 't', fn: 'keyed', grace: 60_000 }),
    to('j'),
  ),
  topology(
    `stream-table-${op}-grace-repartitioned`,
    input,
    step('selectKey', 's', 'k', { fn: 'letter' }),
    step('filter', 'k', 'l', { fn: 'hasKey' }),
    table('t', long),
    step('mapValues', 't', 'm', { fn: 'bang' }),
    step(op, 'l', 'j', { with: 'm', ...pair, grace: 5_000, name: 'joined' }),
    to('j'),
  ),
]);

/** Versioned tables, and transformed ones. */
export const versioned = [
  ...sources,
  ...derived,
  ...transformed,
  ...aggregations,
  ...tableJoins,
  ...foreignKeyJoins,
  ...streamJoins,
  ...graceJoins,
];
