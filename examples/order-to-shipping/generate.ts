import { seededRandom } from '@nagare/base';
import { type Catalog, customer } from './catalog.ts';
import { type CsvRecord, formatField } from './csv.ts';

const customerCount = 500;
const skuCount = 60;
const startMs = Date.UTC(2026, 2, 1, 9);
/** Of 1,000 orders so many are of somebody who is not in the catalogue, and so many lines are broken. */
const strangersPerMille = 5;
const brokenPerMille = 10;
const unitsPerSku = 3_000;

/** Orders of one morning, the same for the same seed: a few with a fault, and too few units of the most popular goods. */
export function generate(options: { readonly count: number; readonly seed: number }): {
  readonly records: readonly CsvRecord[];
  readonly catalog: Catalog;
} {
  const random = seededRandom(options.seed);
  const records = Array.from({ length: options.count }, (_, index): CsvRecord => {
    const orderedAt = new Date(startMs + index * 90 + random.below(4_000)).toISOString();
    const stranger = random.below(1_000) < strangersPerMille;
    const customerId = stranger ? `X${random.below(90) + 10}` : customerIdOf(random.below(customerCount));
    // The square makes the first goods the popular ones.
    const sku = skuOf(Math.floor(random.next() ** 2 * skuCount));
    const quantity = String(1 + random.below(4));
    const unitPrice = (1 + random.below(20_000) / 100).toFixed(2);
    const fields = [`O${String(index + 1).padStart(7, '0')}`, customerId, sku, quantity, unitPrice, orderedAt];
    const text =
      random.below(1_000) < brokenPerMille ? broken(fields, random.below(5)) : fields.map(formatField).join(',');
    return { line: index + 2, text };
  });
  const units = (options.count / 20_000) * unitsPerSku;
  return {
    records,
    catalog: {
      customers: new Map(
        Array.from({ length: customerCount }, (_, index) => [
          customerIdOf(index),
          customer(customerIdOf(index), index),
        ]),
      ),
      stock: new Map(Array.from({ length: skuCount }, (_, index) => [skuOf(index), Math.ceil(units)])),
    },
  };
}

const customerIdOf = (index: number) => `C${String(index + 1).padStart(4, '0')}`;
const skuOf = (index: number) => `SKU-${String(index + 1).padStart(3, '0')}`;

function broken(fields: readonly string[], kind: number): string {
  const [orderId, customerId, sku, quantity, unitPrice, orderedAt] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  switch (kind) {
    case 0:
      return [orderId, customerId, sku, '-3', unitPrice, orderedAt].join(',');
    case 1:
      return [orderId, customerId, sku, quantity, 'free', orderedAt].join(',');
    case 2:
      return [orderId, customerId, sku, quantity, unitPrice, 'yesterday'].join(',');
    case 3:
      return [orderId, customerId, `"${sku}`, quantity, unitPrice, orderedAt].join(',');
    default:
      return [orderId, customerId, sku].join(',');
  }
}
