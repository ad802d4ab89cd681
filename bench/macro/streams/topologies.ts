import { int64, sessionWindowed, string, windowed } from '@nagare/serdes';
import { SessionWindows, StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';

/** The topics of one run. */
export interface Topics {
  readonly input: string;
  /** What a join joins with. */
  readonly table: string;
  readonly output: string;
}

const texts = { key: string, value: string };

/** What StreamsBench.java builds, by the same calls. */
const topologies: Readonly<Record<string, (builder: StreamsBuilder, topics: Topics) => void>> = {
  'pass-through': (builder, { input, output }) => builder.stream(input, texts).to(output),
  'word count': (builder, { input, output }) =>
    builder
      .stream(input, texts)
      .flatMapValues((line) => line.split(' '))
      .groupBy((_key, word) => word, texts)
      .count({ store: 'counts' })
      .toStream()
      .to(output),
  'tumbling count': (builder, { input, output }) =>
    builder
      .stream(input, texts)
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace('10s', '1s'))
      .count({ store: 'counts' })
      .toStream()
      .to(output, { key: windowed(string, 10_000), value: int64 }),
  'stream-table join': (builder, { input, table, output }) =>
    builder
      .stream(input, texts)
      .leftJoin(builder.table(table, { ...texts, store: 'rows' }), (value, row) => `${value}/${row}`)
      .to(output, texts),
  'session windows': (builder, { input, output }) =>
    builder
      .stream(input, texts)
      .groupByKey()
      .windowedBy(SessionWindows.ofInactivityGapAndGrace('1s', '1s'))
      .count({ store: 'counts' })
      .toStream()
      // Sessions that were merged into another are told as gone, too; without them each record has one result.
      .filter((_key, count) => count !== null)
      .to(output, { key: sessionWindowed(string), value: int64 }),
  'foreign-key join': (builder, { input, table, output }) =>
    builder
      .table(input, { ...texts, store: 'orders' })
      .joinForeign(
        builder.table(table, { ...texts, store: 'rows' }),
        (order) => order.slice(0, order.indexOf(' ')),
        (order, row) => `${order}/${row}`,
        texts,
      )
      .toStream()
      .to(output, texts),
  restore: (builder, { input, output }) =>
    builder.stream(input, texts).groupByKey().count({ store: 'counts' }).toStream().to(output),
};

/** @throws {RangeError} When there is no such row. */
export function topologyOf(row: string, topics: Topics): Topology {
  const add = topologies[row];
  if (add === undefined) throw new RangeError(`There is no topology for ${row}`);
  const builder = new StreamsBuilder();
  add(builder, topics);
  return builder.build();
}
