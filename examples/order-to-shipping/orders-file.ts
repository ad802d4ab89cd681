import { seededRandom } from '@nagare/base';
import { columns } from './order.ts';

type Fields = readonly [
  orderId: string,
  customerId: string,
  sku: string,
  quantity: string,
  price: string,
  orderedAt: string,
];

/** Ways to break a line, each with the reason that the pipeline has to give for it. */
const faults: readonly (readonly [reason: RegExp, make: (fields: Fields) => readonly string[]])[] = [
  [/^Expected 6 fields, got 4$/, (fields) => fields.slice(0, 4)],
  [/^Expected 6 fields, got 7$/, (fields) => [...fields, 'more']],
  [/^Expected 6 fields, got 1$/, () => ['\u0000;\ufffd;']],
  [/^Field orderId is empty$/, (fields) => fields.with(0, '')],
  [/^Malformed CSV: a quote that is never closed$/, (fields) => fields.with(2, `"${fields[2]}`)],
  [/^Malformed CSV: a quote inside the unquoted field SKU/, (fields) => fields.with(2, `${fields[2]}"`)],
  [/^Malformed CSV: text after the closing quote of field 3$/, (fields) => fields.with(2, `"${fields[2]}"x`)],
  [/^Field quantity must be .*, got two$/, (fields) => fields.with(3, 'two')],
  [/^Field quantity must be .*, got 0$/, (fields) => fields.with(3, '0')],
  [/^Field unitPrice must be .*, got -1\.50$/, (fields) => fields.with(4, '-1.50')],
  [/^Field orderedAt must be .*, got 2026-02-30/, (fields) => fields.with(5, '2026-02-30T10:00:00Z')],
];

export interface OrdersFile {
  readonly text: string;
  /** The reason that must be given for each broken line. */
  readonly broken: ReadonlyMap<number, RegExp>;
}

/** An orders file for tests: one line in a hundred is broken, and one in fifty has a field that needs its quotes. */
export function ordersFile(count: number, seed: number): OrdersFile {
  const random = seededRandom(seed);
  const lines: string[] = [columns.join()];
  const broken = new Map<number, RegExp>();
  for (let index = 0; index < count; index += 1) {
    const isQuoted = random.below(50) === 0;
    const fields: Fields = [
      isQuoted ? `"O""${index}"", again"` : `O${index}`,
      `C${random.below(2_000)}`,
      `SKU-${random.below(300)}`,
      String(1 + random.below(9)),
      (random.below(100_000) / 100).toFixed(2),
      new Date(Date.UTC(2026, 0, 5) + random.below(4 * 3_600_000)).toISOString(),
    ];
    const fault = index % 100 === 99 ? faults[random.below(faults.length)] : undefined;
    lines.push((fault?.[1](fields) ?? fields).join());
    if (fault !== undefined) broken.set(lines.length, fault[0]);
  }
  return { text: `${lines.join('\n')}\n`, broken };
}
