import type { ReadBack } from '@nagare/example-kit';
import { int64 } from '@nagare/serdes';
import type { CsvRecord } from './csv.ts';
import { deadLetterSerde, rejectionSerde, revenueKeySerde, shipmentSerde, type Topics } from './topology.ts';

/** What the topics say after a run: nothing here comes from counters of the pipeline. */
export interface Outcome {
  readonly orders: number;
  readonly shipped: number;
  readonly rejected: number;
  /** Lines of the input that are in none of the output topics. */
  readonly lost: number;
  /** Records of the output topics beyond one for each line of the input. */
  readonly duplicated: number;
  readonly rejectedByReason: ReadonlyMap<string, number>;
  /** Units shipped, by SKU. */
  readonly unitsBySku: ReadonlyMap<string, number>;
  /** Revenue in cents, by the start of its minute. */
  readonly revenueByMinute: ReadonlyMap<number, number>;
}

/** Reads the topics of a run back and compares them with its input. */
export async function readOutcome(read: ReadBack, topics: Topics, input: readonly CsvRecord[]): Promise<Outcome> {
  const missing = new Set(input.map(({ line }) => line));
  const rejectedByReason = new Map<string, number>();
  const unitsBySku = new Map<string, number>();
  let shipped = 0;
  let rejected = 0;
  await read(topics.shipments, ({ value }) => {
    const { line, sku, quantity } = present(shipmentSerde.deserialize(topics.shipments, value));
    shipped += 1;
    missing.delete(line);
    add(unitsBySku, sku, quantity);
  });
  const reject = ({ line, reason }: { readonly line: number; readonly reason: string }) => {
    rejected += 1;
    missing.delete(line);
    add(rejectedByReason, reason, 1);
  };
  await read(topics.rejections, ({ value }) => {
    reject(present(rejectionSerde.deserialize(topics.rejections, value)));
  });
  await read(topics.deadLetters, ({ value }) => {
    const { line, reason } = present(deadLetterSerde.deserialize(topics.deadLetters, value));
    reject({ line, reason: kindOf(reason) });
  });
  const found = input.length - missing.size;
  return {
    orders: input.length,
    shipped,
    rejected,
    lost: missing.size,
    duplicated: shipped + rejected - found,
    rejectedByReason,
    unitsBySku,
    revenueByMinute: await readRevenue(read, topics),
  };
}

async function readRevenue(read: ReadBack, topics: Topics): Promise<Map<number, number>> {
  const revenue = new Map<number, number>();
  await read(topics.revenue, ({ key, value }) => {
    const { window } = present(revenueKeySerde.deserialize(topics.revenue, key));
    // Each update of a window replaces the one before it.
    revenue.set(window.start, present(int64.deserialize(topics.revenue, value)));
  });
  return new Map([...revenue].sort(([a], [b]) => a - b));
}

function present<T>(value: T | null): T {
  if (value === null) throw new TypeError('A record of the run has no key or no value');
  return value;
}

/** The part of a reason that does not name the value: what the table groups by. */
function kindOf(reason: string): string {
  return reason.replace(/, got .*$/s, '').replace(/ the unquoted field .*$/s, ' an unquoted field');
}

function add(map: Map<string, number>, key: string, count: number): void {
  map.set(key, (map.get(key) ?? 0) + count);
}
