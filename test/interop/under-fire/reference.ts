import type { InputRecord } from './load.ts';
import { type AskedStore, addClick, advanceMs, type Input, joinMs, windowKey, windowMs } from './topology.ts';

type Rows = ReadonlyMap<string, string>;

/** What must come of a load, whatever the order in which the tasks get along, and whatever happens to them. */
export interface Reference {
  /** How often each item was clicked: the count goes up by one, each time once. */
  readonly counts: ReadonlyMap<string, number>;
  /** What is sent for each user and window, in this order: a user's clicks lie in one partition. */
  readonly amounts: ReadonlyMap<string, readonly string[]>;
  /** Orders and payments that meet, each pair once. */
  readonly pairs: ReadonlySet<string>;
  /** The last row of each key, and each that was ever there, in its order. */
  readonly tables: Readonly<Record<'left' | 'right' | 'baskets' | 'products', Rows>>;
  readonly joined: Rows;
  readonly priced: Rows;
}

/** Works out what must come of a load by going over it. */
export function referenceOf(load: readonly InputRecord[]): Reference {
  const of = (topic: Input) => load.filter((record) => record.topic === topic);
  const left = newest(of('left'));
  const right = newest(of('right'));
  const baskets = newest(of('baskets'));
  const products = newest(of('products'));
  const joined = [...left].flatMap(([key, row]) => {
    const other = right.get(key);
    return other === undefined ? [] : [[key, `${row}/${other}`] as const];
  });
  const priced = [...baskets].flatMap(([key, basket]) => {
    const product = products.get(basket.split(':')[0] as string);
    return product === undefined ? [] : [[key, `${basket}*${product}`] as const];
  });
  return {
    counts: countsOf(of('clicks')),
    amounts: amountsOf(of('clicks')),
    pairs: pairsOf(of('orders'), of('payments')),
    tables: { left, right, baskets, products },
    joined: new Map(joined),
    priced: new Map(priced),
  };
}

/** What a store must have for each key. */
export function rowsOf(reference: Reference, store: AskedStore): Rows {
  switch (store) {
    case 'clicks-of-item':
      return new Map([...reference.counts].map(([key, count]) => [key, `${count}`]));
    case 'amounts':
      return new Map([...reference.amounts].map(([key, sums]) => [key, sums.at(-1) as string]));
    default:
      return reference.tables[store];
  }
}

function newest(records: readonly InputRecord[]): Rows {
  const rows = new Map<string, string>();
  for (const { key, value } of records) {
    if (value === null) rows.delete(key);
    else rows.set(key, value);
  }
  return rows;
}

function countsOf(clicks: readonly InputRecord[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { value } of clicks) {
    const item = (value as string).split(':')[0] as string;
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  return counts;
}

function amountsOf(clicks: readonly InputRecord[]): ReadonlyMap<string, readonly string[]> {
  const amounts = new Map<string, string[]>();
  for (const { key, value, timestamp } of clicks) {
    const last = Math.floor(timestamp / advanceMs) * advanceMs;
    for (let start = last - windowMs + advanceMs; start <= last; start += advanceMs) {
      const sums = amounts.get(windowKey(key, start)) ?? [];
      amounts.set(windowKey(key, start), sums);
      sums.push(addClick(sums.at(-1) ?? '0:0', value as string));
    }
  }
  return amounts;
}

function pairsOf(orders: readonly InputRecord[], payments: readonly InputRecord[]): ReadonlySet<string> {
  const paymentsOf = new Map<string, InputRecord[]>();
  for (const payment of payments) {
    const list = paymentsOf.get(payment.key);
    if (list === undefined) paymentsOf.set(payment.key, [payment]);
    else list.push(payment);
  }
  const pairs = new Set<string>();
  for (const { key, value, timestamp } of orders) {
    for (const payment of paymentsOf.get(key) ?? []) {
      if (Math.abs(payment.timestamp - timestamp) <= joinMs) pairs.add(`${value}+${payment.value}`);
    }
  }
  return pairs;
}
