import type { Client } from '@nagare/client';
import type { CsvRecord } from './csv.ts';
import { readBack } from './read-back.ts';
import { deadLetterSerde, rejectionSerde, revenueKeySerde, shipmentSerde, type Topics } from './topology.ts';

/** What the topics say after a run: nothing here comes from counters of the pipeline. */
export interface Outcome {
  readonly orders: number;
  readonly shipped: number;
  readonly rejected: number;
  /** Lines of the input that are in none of the output topics. */
  readonly lost: number;
  /** Records of the output topics beyond the first of their line. */
  readonly duplicated: number;
  readonly rejectedByReason: ReadonlyMap<string, number>;
  /** Units shipped, by SKU. */
  readonly unitsBySku: ReadonlyMap<string, number>;
  /** Revenue in cents, by the start of its minute. */
  readonly revenueByMinute: ReadonlyMap<number, number>;
}

/** Reads the topics of a run back and compares them with its input. */
export async function readOutcome(client: Client, topics: Topics, input: readonly CsvRecord[]): Promise<Outcome> {
  const seen = new Map<number, number>(input.map(({ line }) => [line, 0]));
  const saw = (line: number) => seen.set(line, (seen.get(line) ?? 0) + 1);
  const rejectedByReason = new Map<string, number>();
  const unitsBySku = new Map<string, number>();
  let shipped = 0;
  let rejected = 0;
  const reject = (reason: string, line: number) => {
    rejected += 1;
    add(rejectedByReason, reason, 1);
    saw(line);
  };
  await readBack(client, topics.shipments, ({ value }) => {
    const shipment = shipmentSerde.deserialize(topics.shipments, value);
    if (shipment === null) return;
    shipped += 1;
    add(unitsBySku, shipment.sku, shipment.quantity);
    saw(shipment.line);
  });
  await readBack(client, topics.rejections, ({ value }) => {
    const rejection = rejectionSerde.deserialize(topics.rejections, value);
    if (rejection !== null) reject(rejection.reason, rejection.line);
  });
  await readBack(client, topics.deadLetters, ({ value }) => {
    const letter = deadLetterSerde.deserialize(topics.deadLetters, value);
    if (letter !== null) reject(kindOf(letter.reason), letter.line);
  });
  const counts = [...seen.values()];
  return {
    orders: input.length,
    shipped,
    rejected,
    lost: counts.filter((count) => count === 0).length,
    duplicated: counts.reduce((total, count) => total + Math.max(0, count - 1), 0),
    rejectedByReason,
    unitsBySku,
    revenueByMinute: await readRevenue(client, topics),
  };
}

async function readRevenue(client: Client, topics: Topics): Promise<Map<number, number>> {
  const revenue = new Map<number, number>();
  await readBack(client, topics.revenue, ({ key, value }) => {
    const windowed = revenueKeySerde.deserialize(topics.revenue, key);
    // Each update of a window replaces the one before it.
    if (windowed !== null && value !== null) revenue.set(windowed.window.startMs, Number(value.readBigInt64BE(0)));
  });
  return new Map([...revenue].sort(([a], [b]) => a - b));
}

/** The part of a reason that does not name the value: what the table groups by. */
function kindOf(reason: string): string {
  return reason.replace(/, got .*$/s, '').replace(/ the unquoted field .*$/s, ' an unquoted field');
}

function add(map: Map<string, number>, key: string, count: number): void {
  map.set(key, (map.get(key) ?? 0) + count);
}
