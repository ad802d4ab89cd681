import { readdirSync, readFileSync } from 'node:fs';
import { int64, string, windowed } from '@nagare/serdes';
import { expect, test } from 'vitest';
import { keyValueStore } from '../state/store-spec.ts';
import { TimeWindows } from '../windows/time-windows.ts';
import { type Replay, replay } from './replay.ts';

const golden = new URL('./golden/', import.meta.url);
const texts = { key: string, value: string };
const halfMinute = windowed(string, 30_000);

/** The same topologies as in Replay.java, one for one. */
const replays: Record<string, Replay> = {
  stateless: {
    inputs: ['in'],
    outputs: ['low', 'high', 'rest', 'flat'],
    build(b) {
      const s = b.stream('in', texts).filter((k, v) => k !== null && v !== null);
      const { low, high, rest } = s
        .mapValues((v) => `${v}!`)
        .split()
        .branch('low', (_, v) => v < 'v3')
        .branch('high', (_, v) => v > 'v7')
        .defaultBranch('rest');
      low.to('low', texts);
      high.to('high', texts);
      rest.to('rest', texts);
      s.flatMap((k, v) => [[v, k] as const, [k, v] as const])
        .merge(s.selectKey((k, v) => v + k))
        .to('flat', texts);
    },
  },
  count: {
    inputs: ['in'],
    outputs: ['out', 'test-counts-changelog'],
    build: (b) => b.stream('in', texts).groupByKey().count({ store: 'counts' }).toStream().to('out'),
  },
  'count-by-value': {
    inputs: ['in'],
    outputs: ['out', 'test-counts-repartition', 'test-counts-changelog'],
    build: (b) =>
      b
        .stream('in', texts)
        .groupBy((_, v) => v, texts)
        .count({ store: 'counts' })
        .toStream()
        .to('out'),
  },
  aggregate: {
    inputs: ['in'],
    outputs: ['out', 'reduced', 'test-agg-changelog'],
    build(b) {
      const g = b.stream('in', texts).groupByKey();
      g.aggregate(
        () => '',
        (_, v, x) => (v === 'v0' ? null : (x + v).slice(-8)),
        { store: 'agg', value: string },
      )
        .toStream()
        .to('out');
      g.reduce((x, y) => (y === 'v1' ? null : x.slice(-2) + y), { store: 'red' })
        .toStream()
        .to('reduced');
    },
  },
  tumbling: {
    inputs: ['in'],
    outputs: ['out', 'test-per-window-changelog'],
    build: (b) =>
      b
        .stream('in', texts)
        .groupByKey()
        .windowedBy(TimeWindows.ofSizeAndGrace('30s', '20s'))
        .count({ store: 'per-window' })
        .toStream()
        .to('out', { key: halfMinute, value: int64 }),
  },
  hopping: {
    inputs: ['in'],
    outputs: ['out', 'test-per-window-changelog'],
    build: (b) =>
      b
        .stream('in', texts)
        .groupByKey()
        .windowedBy(TimeWindows.ofSizeAndGrace('30s', '5s').advanceBy('10s'))
        .aggregate(
          () => '',
          (_, v, x) => (v === 'v2' ? null : `${x}${v}`),
          { store: 'per-window', value: string },
        )
        .toStream()
        .to('out'),
  },
  join: {
    inputs: ['orders', 'customers'],
    outputs: ['inner', 'left', 'test-rows-changelog'],
    build(b) {
      const t = b.table('customers', { ...texts, store: 'rows' });
      const s = b.stream('orders', texts);
      s.join(t, (o, c) => `${o}/${c}`).to('inner', texts);
      s.leftJoin(t, (o, c) => `${o}/${c}`).to('left', texts);
    },
  },
  'join-derived': {
    inputs: ['orders', 'customers'],
    outputs: ['out', 'changes'],
    build(b) {
      const t = b
        .table('customers', texts)
        .filter((_, v) => v < 'v4')
        .mapValues((v, k) => k + v);
      t.toStream().to('changes', texts);
      b.stream('orders', texts)
        .selectKey((k) => k)
        .join(t, (o, c) => `${o}/${c}`, texts)
        .to('out', texts);
    },
  },
  'to-table': {
    inputs: ['orders', 'customers'],
    outputs: ['out'],
    build(b) {
      const t = b.stream('customers', texts).toTable(texts);
      b.stream('orders', texts)
        .leftJoin(t, (o, c) => `${o}/${c}`)
        .to('out', texts);
    },
  },
  process: {
    inputs: ['in'],
    outputs: ['out', 'test-last-changelog'],
    build: (b) =>
      b
        .stream('in', texts)
        .filter((k) => k !== null)
        .processValues<string>(
          (context) => {
            const last = context.keyValueStore<string, string>('last');
            return (record) => {
              const before = last.get(record.key) ?? null;
              last.put(record.key, record.value);
              context.forward(record.withValue(`${before}>${record.value}`));
            };
          },
          { stores: [keyValueStore({ name: 'last', ...texts })] },
        )
        .to('out', texts),
  },
};

test.each(Object.keys(replays))('%s gives what Kafka Streams gives, record by record', (name) => {
  expect(replay(replays[name] as Replay)).toBe(readFileSync(new URL(`${name}.txt`, golden), 'utf8'));
});

test('every replay of Java is compared', () => {
  const names = readdirSync(golden).filter((name) => name.endsWith('.txt'));
  expect(names.sort()).toEqual(
    Object.keys(replays)
      .map((name) => `${name}.txt`)
      .sort(),
  );
});
