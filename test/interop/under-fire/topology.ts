import { int64, string } from '@nagare/serdes';
import {
  JoinWindows,
  type KStream,
  type ProcessorContext,
  type StreamRecord,
  StreamsBuilder,
  TimeWindows,
  type Topology,
} from '@nagare/streams';

const texts = { key: string, value: string };
/** Nothing is ever too late: whose records come first from a topic between two tasks is a matter of chance. */
const grace = '1d';
export const windowMs = 600_000;
export const advanceMs = 300_000;
export const joinMs = 60_000;

export const applicationId = 'fire';
export const partitions = 3;
/** What the load writes. */
export const inputs = ['clicks', 'orders', 'payments', 'left', 'right', 'baskets', 'products'] as const;
/** What the application writes, a topic for each of its results. */
export const outputs = ['counts', 'amounts', 'pairs', 'joined', 'priced'] as const;
/** Stores that can be asked for a key, each by a topic of its own, so that no two sub-topologies become one. */
export const askedStores = ['clicks-of-item', 'amounts', 'left', 'right', 'baskets', 'products'] as const;
export const answers = 'answers';

export type Input = (typeof inputs)[number];
export type Output = (typeof outputs)[number];
export type AskedStore = (typeof askedStores)[number];

export const questionsOf = (store: AskedStore): string => `ask-${store}`;
/** The key of a window, as outputs and questions have it. */
export const windowKey = (key: string, startMs: number): string => `${key}@${startMs}`;

/** A count through a repartition topic, hopping windows, and joins of streams, of tables, and by foreign keys. */
export function underFire(): Topology {
  const builder = new StreamsBuilder();
  addClicks(builder);
  builder
    .stream('orders', texts)
    .join(
      builder.stream('payments', texts),
      (order, payment) => `${order}+${payment}`,
      JoinWindows.ofTimeDifferenceAndGrace(joinMs, grace),
      { ...texts, otherValue: string, store: 'orders-payments' },
    )
    .to('pairs', texts);
  builder
    .table('left', { ...texts, store: 'left' })
    .join(builder.table('right', { ...texts, store: 'right' }), (left, right) => `${left}/${right}`)
    .toStream()
    .to('joined', texts);
  builder
    .table('baskets', { ...texts, store: 'baskets' })
    .joinForeign(
      builder.table('products', { ...texts, store: 'products' }),
      (basket) => basket.split(':')[0] as string,
      (basket, product) => `${basket}*${product}`,
      { name: 'of-product' },
    )
    .toStream()
    .to('priced', texts);
  for (const store of askedStores) answer(builder, store);
  return builder.build();
}

function addClicks(builder: StreamsBuilder): void {
  const clicks = builder.stream('clicks', texts);
  clicks
    .groupBy((_user, click) => click.split(':')[0] as string, { ...texts, name: 'by-item' })
    .count({ store: 'clicks-of-item' })
    .toStream()
    .to('counts', { key: string, value: int64 });
  clicks
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace(windowMs, grace).advanceBy(advanceMs))
    .aggregate(
      () => '0:0',
      (_user, click, sums) => addClick(sums, click),
      { store: 'amounts', value: string },
    )
    .toStream()
    .map(({ key, window }, sums) => [windowKey(key, window.start), sums as string])
    .to('amounts', texts);
}

/** Adds a click to the number of clicks and the sum of their amounts. */
export function addClick(sums: string, click: string): string {
  const [count, sum] = sums.split(':').map(Number) as [number, number];
  return `${count + 1}:${sum + Number(click.split(':')[1])}`;
}

/** Answers each question, a key and the number of the round, with what a store has for the key. */
function answer(builder: StreamsBuilder, store: AskedStore): void {
  const questions: KStream<string, string> = builder.stream(questionsOf(store), texts);
  questions
    .process<string, string>(
      (context) => {
        const read = reader(context, store);
        return (record: StreamRecord<string, string>) => {
          const { key, value: round } = record;
          context.forward(record.withKey(`${store} ${key}`).withValue(`${round} ${read(key)}`));
        };
      },
      { stores: [store] },
    )
    .to(answers, texts);
}

function reader(context: ProcessorContext<string, string>, store: AskedStore): (key: string) => unknown {
  if (store === 'amounts') {
    const windows = context.windowStore<string, string>(store);
    return (key) => {
      const [user, start] = key.split('@') as [string, string];
      return windows.fetch(user, Number(start))?.value;
    };
  }
  const rows = context.keyValueStore<string, unknown>(store);
  return (key) => rows.get(key);
}
