import { readdirSync, readFileSync } from 'node:fs';
import { int64, string, windowed } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { keyValueStore } from '../state/store-spec.ts';
import { TimeWindows } from '../windows/time-windows.ts';

const golden = new URL('./golden/', import.meta.url);
const both = { key: string, value: string };
const minutes = { key: windowed(string, 60_000) };
const yes = () => true;
const same = (value: string) => value;

/** The same topologies as in Describe.java, one for one. */
const topologies: Record<string, (b: StreamsBuilder) => void> = {
  'pass-through': (b) => b.stream('in', both).to('out'),
  stateless: (b) =>
    b
      .stream('in', both)
      .filter(yes)
      .filterNot(() => false)
      .mapValues(same)
      .map((k, v) => [k, v])
      .flatMap((k, v) => [[k, v] as const])
      .flatMapValues((v) => [v])
      .selectKey((k) => k)
      .peek(() => undefined)
      .to('out', both),
  'fan-out': (b) => {
    const s = b.stream('in', both);
    s.mapValues(same).to('a', both);
    s.filter(yes).forEach(() => {});
    s.to('b');
  },
  'two-topics-merge': (b) => {
    const s = b.stream(['in-1', 'in-2'], both);
    s.merge(b.stream('other', both)).to('out', both);
  },
  'same-topic-twice': (b) => {
    b.stream('in', both).mapValues(same).to('a', both);
    b.stream('in', both).filter(yes).to('b');
  },
  'word-count': (b) =>
    b
      .stream('texts', both)
      .flatMapValues((v) => v.split(' '))
      .groupBy((_, v) => v, both)
      .count({ store: 'counts' })
      .toStream()
      .to('counts-out'),
  'count-generated': (b) => b.stream('in', both).groupByKey().count().toStream().to('out'),
  'count-generated-repartition': (b) =>
    b
      .stream('in', both)
      .groupBy((_, v) => v, both)
      .count()
      .toStream()
      .to('out'),
  'count-with-serdes-only': (b) =>
    b.stream('in', both).groupByKey().count({ key: string, value: int64 }).toStream().to('out'),
  'reduce-and-aggregate': (b) => {
    const g = b.stream('in', both).groupBy((_, v) => v, { name: 'by-value', ...both });
    g.reduce((_, y) => y)
      .toStream()
      .to('reduced');
    g.aggregate(
      () => '',
      (_, v) => v,
      { store: 'agg', value: string },
    )
      .toStream()
      .to('aggregated');
  },
  'two-groupings': (b) => {
    const g = b.stream('in', both).groupBy((_, v) => v, both);
    g.count()
      .toStream()
      .forEach(() => {});
    g.reduce((_, y) => y)
      .toStream()
      .forEach(() => {});
  },
  'windowed-count': (b) =>
    b
      .stream('in', both)
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace('1m', '10s'))
      .count({ store: 'per-minute' })
      .toStream()
      .to('out'),
  'windowed-generated': (b) =>
    b
      .stream('in', both)
      .groupBy((_, v) => v, both)
      .windowedBy(TimeWindows.ofSizeWithNoGrace('1m'))
      .reduce((_, y) => y)
      .toStream()
      .to('out', minutes),
  split: (b) => {
    const branches = b
      .stream('in', both)
      .split({ name: 'by-' })
      .branch('a', yes)
      .branch('b', yes)
      .defaultBranch('rest');
    branches.a.to('a');
    branches.b.mapValues(same).to('b', both);
    branches.rest.to('rest');
  },
  'stream-table-join': (b) => {
    const t = b.table('customers', both);
    b.stream('orders', both).join(t, same).to('out', both);
  },
  'left-join-repartitioned': (b) => {
    const t = b.table('customers', { ...both, store: 'customers-store' });
    b.stream('orders', both)
      .selectKey((_, v) => v)
      .leftJoin(t, same, both)
      .to('out', both);
  },
  'join-named-twice': (b) => {
    const t = b.table('customers', both);
    const s = b.stream('orders', both).map((k, v) => [v, k]);
    s.join(t, same, both).to('one', both);
    s.leftJoin(t, same, both).to('two', both);
  },
  'join-derived-table': (b) => {
    const t = b.table('customers', both).filter(yes).mapValues(same);
    b.stream('orders', both).join(t, same).to('out', both);
  },
  'table-to-stream': (b) => b.table('in', both).mapValues(same).filter(yes).toStream().to('out', both),
  'to-table': (b) => {
    const t = b
      .stream('customers', both)
      .selectKey((_, v) => v)
      .toTable(both);
    b.stream('orders', both).join(t, same).to('out', both);
  },
  repartition: (b) => b.stream('in', both).repartition({ name: 'through', partitions: 4 }).to('out'),
  'repartition-generated': (b) => b.stream('in', both).repartition().mapValues(same).to('out', both),
  process: (b) => {
    b.addStateStore(keyValueStore({ name: 'stock', ...both }));
    const nothing = () => () => undefined;
    b.stream('in', both)
      .process<string, string>(nothing, { stores: ['stock'] })
      .to('out', both);
    b.stream('other', both)
      .processValues<string>(nothing, { stores: ['stock'] })
      .to('out-2', both);
  },
  named: (b) =>
    b
      .stream('in', { ...both, name: 'source' })
      .filter(yes, { name: 'kept' })
      .mapValues(same, { name: 'mapped' })
      .groupBy((_, v) => v, { name: 'by-value', ...both })
      .count({ name: 'counted', store: 'counts' })
      .toStream({ name: 'changes' })
      .to('out', { name: 'sink' }),
  wide: (b) => {
    const s = b.stream('in', both);
    for (let i = 0; i < 12; i += 1) {
      const m = s.mapValues(same);
      if (i % 3 === 0) m.filter(yes).to(`out-${i}`, both);
      if (i % 2 === 0) m.to(`also-${i}`, both);
    }
  },
};

describe('the description of a topology is the text of Java for', () => {
  test.each(Object.keys(topologies))('%s', (name) => {
    const builder = new StreamsBuilder();
    topologies[name]?.(builder);
    expect(builder.build().describe().toString()).toBe(readFileSync(new URL(`${name}.txt`, golden), 'utf8'));
  });
});

test('every text of Java is compared', () => {
  const names = readdirSync(golden).filter((name) => name.endsWith('.txt'));
  expect(names.sort()).toEqual(
    Object.keys(topologies)
      .map((name) => `${name}.txt`)
      .sort(),
  );
});

test('a description is also data', () => {
  const builder = new StreamsBuilder();
  builder.stream('in', both).to('out');
  expect(JSON.parse(JSON.stringify(builder.build().describe()))).toEqual({
    subTopologies: [
      {
        id: 0,
        nodes: [
          {
            type: 'source',
            topics: ['in'],
            name: 'KSTREAM-SOURCE-0000000000',
            predecessors: [],
            successors: ['KSTREAM-SINK-0000000001'],
          },
          {
            type: 'sink',
            topic: 'out',
            name: 'KSTREAM-SINK-0000000001',
            predecessors: ['KSTREAM-SOURCE-0000000000'],
            successors: [],
          },
        ],
      },
    ],
  });
});
