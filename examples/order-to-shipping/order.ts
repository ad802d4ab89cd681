import { parseRecord } from './csv.ts';

/** The columns of an orders file, in order. */
export const columns = ['orderId', 'customerId', 'sku', 'quantity', 'unitPrice', 'orderedAt'] as const;

/** An order that passed validation. */
export interface Order {
  /** The line of the input on which it stands: what it is followed by through the pipeline. */
  readonly line: number;
  readonly orderId: string;
  readonly customerId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly orderedAtMs: number;
}

export type Checked =
  | { readonly order: Order; readonly reason?: undefined }
  | { readonly order?: undefined; readonly reason: string };

const quantityMax = 10_000;

/** Reads one line of an orders file: an order, or the reason why it is none. */
export function checkOrder(line: number, text: string): Checked {
  const { fields, fault } = parseRecord(text);
  if (fields === undefined) return { reason: `Malformed CSV: ${fault}` };
  if (fields.length !== columns.length) return { reason: `Expected ${columns.length} fields, got ${fields.length}` };
  const [orderId, customerId, sku, quantity, unitPrice, orderedAt] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const empty = columns.find((_, column) => (fields[column] as string).trim() === '');
  if (empty !== undefined) return { reason: `Field ${empty} is empty` };
  if (!/^\d{1,6}$/.test(quantity) || Number(quantity) < 1 || Number(quantity) > quantityMax) {
    return { reason: `Field quantity must be a whole number from 1 to ${quantityMax}, got ${quantity}` };
  }
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(unitPrice)) {
    return { reason: `Field unitPrice must be an amount such as 19.99, got ${unitPrice}` };
  }
  const orderedAtMs = timeOf(orderedAt);
  if (orderedAtMs === undefined) {
    return { reason: `Field orderedAt must be a time such as 2026-03-01T12:00:00Z, got ${orderedAt}` };
  }
  const unitPriceCents = Math.round(Number(unitPrice) * 100);
  return { order: { line, orderId, customerId, sku, quantity: Number(quantity), unitPriceCents, orderedAtMs } };
}

const isoTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A time without a zone is taken as UTC, so that the result does not depend on where this runs. */
function timeOf(text: string): number | undefined {
  const [, day, clock = '00:00', zone = 'Z'] = isoTime.exec(text) ?? [];
  if (day === undefined || !isDay(day)) return undefined;
  const time = Date.parse(`${day}T${clock}${zone}`);
  return time > 0 ? time : undefined;
}

/** Date.parse takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
