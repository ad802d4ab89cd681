import { int64, string } from '@nagare/serdes';
import type { KTable } from '../dsl/table.ts';
import type { Replay } from './replay.ts';
import { replaySuite } from './replay-suite.ts';

const golden = new URL('./golden/tables/', import.meta.url);
const texts = { key: string, value: string };
const numbers = { key: string, value: int64 };
const both = ['left', 'right'];
const join = (x: string | null, y: string | null) => `${x}${y}`;
const without = (x: string, y: string) => x.replace(y, '');

const pair = (x: string, y: string | null) => `${x}/${y}`;
const named = (v: string) => (v === 'v0' ? null : v < 'v5' ? 'a' : v === 'v9' ? 'none' : 'c');
const foreignKeyTopics = [
  'REGISTRATION-0000000006-topic',
  'RESPONSE-0000000014-topic',
  'STATE-STORE-0000000010-changelog',
].map((end) => `test-KTABLE-FK-JOIN-SUBSCRIPTION-${end}`);

function byStart(table: KTable<string, string>): KTable<string, string> {
  return table.groupBy((_, v) => [v.slice(0, 2), v], texts).reduce(join, without);
}

/** The same topologies as in ReplayTables.java, one for one. */
const replays: Record<string, Replay> = {
  'table-filter': {
    inputs: ['left'],
    outputs: ['lazy', 'kept', 'not', 'mapped', 'test-filtered-changelog', 'test-mapped-changelog'],
    build(b) {
      const t = b.table('left', texts);
      const low = (_: string, v: string) => v < 'v4';
      t.filter(low).toStream().to('lazy');
      t.filter(low, { store: 'filtered', ...texts })
        .toStream()
        .to('kept');
      const m = t.mapValues((v) => `${v}!`, { store: 'mapped', ...texts });
      m.filterNot(low).toStream().to('not');
      m.mapValues((v, k) => k + v)
        .toStream()
        .to('mapped', texts);
    },
  },
  'table-group': {
    inputs: ['left'],
    outputs: [
      'counts',
      'sums',
      'joined',
      'test-counted-repartition',
      'test-grouped-repartition',
      'test-counted-changelog',
      'test-agg-changelog',
    ],
    build(b) {
      const t = b.table('left', { ...texts, store: 'rows' });
      t.groupBy((_, v) => [v < 'v5' ? 'low' : 'high', v], texts)
        .count({ store: 'counted' })
        .toStream()
        .to('counts');
      const g = t.groupBy((_, v) => [v === 'v0' ? null : v < 'v3' ? 'x' : 'y', v === 'v1' ? null : v], {
        ...texts,
        name: 'grouped',
      });
      g.reduce(join, without).toStream().to('sums');
      g.aggregate(
        () => '',
        (_, v, x) => x + v,
        (_, v, x) => (x === v ? null : without(x, v)),
        { store: 'agg', ...texts },
      )
        .toStream()
        .to('joined');
    },
  },
  'table-joins': {
    inputs: both,
    outputs: ['inner', 'left-out', 'outer', 'test-joined-changelog', 'test-all-changelog'],
    build(b) {
      const l = b.table('left', texts);
      const r = b.table('right', texts);
      l.join(r, join, { store: 'joined', ...texts })
        .toStream()
        .to('inner');
      l.leftJoin(r, join).toStream().to('left-out', texts);
      l.outerJoin(r, join, { store: 'all', ...texts })
        .toStream()
        .to('outer');
    },
  },
  'table-join-inner-lazy': {
    inputs: both,
    outputs: ['out'],
    build: (b) => b.table('left', texts).join(b.table('right', texts), join).toStream().to('out', texts),
  },
  'table-join-named': {
    inputs: both,
    outputs: ['out'],
    build: (b) =>
      b
        .table('left', texts)
        .outerJoin(b.table('right', texts), join, { name: 'both', ...texts })
        .toStream()
        .to('out'),
  },
  'table-join-group': {
    inputs: both,
    outputs: ['in', 'le', 'ou', 'views'],
    build(b) {
      const l = b.table('left', texts);
      const r = b.table('right', texts).filter((_, v) => v !== 'v3');
      const inner = l.join(r, join);
      const left = l.leftJoin(r, join);
      const outer = l.outerJoin(r, join);
      byStart(inner).toStream().to('in');
      byStart(left).toStream().to('le');
      byStart(outer).toStream().to('ou');
      inner
        .outerJoin(left, (x, y) => `${x}/${y}`)
        .leftJoin(outer, (x, y) => `${x}|${y}`)
        .toStream()
        .to('views', texts);
    },
  },
  'table-of-streams': {
    inputs: both,
    outputs: ['out', 'counts'],
    build(b) {
      const n = b.stream('left', texts).groupByKey().count();
      const t = b.stream('right', texts).toTable();
      n.join(t, (x, y) => x + y)
        .filter((_, v) => !v.endsWith('v1'))
        .toStream()
        .to('out', texts);
      n.filter((_, v) => v % 3 !== 0)
        .groupBy((_, v) => [String(v % 2), v], numbers)
        .count()
        .toStream()
        .to('counts');
    },
  },
  'global-join': {
    inputs: both,
    outputs: ['in', 'le'],
    build(b) {
      const g = b.globalTable('right', texts);
      const s = b.stream('left', texts);
      const select = (k: string, v: string) => (v === 'v1' ? null : v === 'v2' ? 'a' : k);
      s.joinGlobal(g, select, (x, y) => `${x}/${y}`).to('in', texts);
      s.selectKey((k, v) => (k === null ? (null as never) : v))
        .leftJoinGlobal(g, select, (x, y) => `${x}/${y}`)
        .to('le', texts);
    },
  },
  'foreign-key-inner': {
    inputs: both,
    outputs: ['out', ...foreignKeyTopics],
    build: (b) => b.table('left', texts).joinForeign(b.table('right', texts), named, pair).toStream().to('out', texts),
  },
  'foreign-key-left': {
    inputs: both,
    outputs: ['out', ...foreignKeyTopics],
    build: (b) =>
      b.table('left', texts).leftJoinForeign(b.table('right', texts), named, pair).toStream().to('out', texts),
  },
  'foreign-key-kept': {
    inputs: both,
    outputs: ['out', 'counts', 'test-kept-changelog', 'test-by-name-subscription-registration-topic'],
    build(b) {
      const l = b.table('left', texts).filter((_, v) => v !== 'v7');
      const options = { name: 'by-name', store: 'kept', ...texts };
      const t = l.leftJoinForeign(b.stream('right', texts).toTable(), named, pair, options);
      t.toStream().to('out');
      t.groupBy((_, v) => [v.slice(-2), v], texts)
        .count()
        .toStream()
        .to('counts');
    },
  },
  'foreign-key-chain': {
    inputs: both,
    outputs: ['out'],
    build(b) {
      const l = b.table('left', texts);
      const r = b.table('right', texts);
      l.joinForeign(r, named, join, { store: 'first', ...texts })
        .joinForeign(
          r,
          (v) => (v.endsWith('1') ? 'b' : 'd'),
          (x, y) => `${x}:${y}`,
        )
        .toStream()
        .to('out', texts);
    },
  },
};

replaySuite(golden, replays);
