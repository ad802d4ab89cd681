import { describe, expect, expectTypeOf, test } from 'vitest';
import { serdeSuite } from '../contracts/serde-suite.ts';
import type { ValueOf } from '../serde.ts';
import { avro } from './avro.ts';
import { memorySchemaSource } from './memory-source.ts';

const order = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'quantity', type: 'int' },
    { name: 'placedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['NEW', 'SHIPPED'] } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'prices', type: { type: 'map', values: 'double' } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'amount', type: ['int', 'double'] },
    { name: 'previous', type: ['null', 'Order'], default: null },
    { name: 'lastStatus', type: 'Status' },
  ],
} as const;

type Order = ValueOf<ReturnType<typeof orders>>;

function orders() {
  return avro(order, { source: memorySchemaSource() });
}

const one: Order = {
  id: 'o-1',
  quantity: 2,
  placedAt: 1_700_000_000_000,
  status: 'NEW',
  tags: ['a', 'b'],
  prices: { net: 1.5 },
  note: null,
  amount: { double: 2.5 },
  previous: null,
  lastStatus: 'SHIPPED',
};

serdeSuite('avro', {
  serde: avro({ type: 'record', name: 'P', fields: [{ name: 'a', type: 'long' }] }, { source: memorySchemaSource() }),
  samples: [[{ a: 27 }, '000000000136']],
  badValues: [{ a: 'x' }, {}, 5, { a: 2 ** 53 }],
});

describe('avro', () => {
  test('infers the type of its values from the schema', () => {
    expectTypeOf<Order['quantity']>().toEqualTypeOf<number>();
    expectTypeOf<Order['placedAt']>().toEqualTypeOf<number>();
    expectTypeOf<Order['status']>().toEqualTypeOf<'NEW' | 'SHIPPED'>();
    expectTypeOf<Order['lastStatus']>().toEqualTypeOf<'NEW' | 'SHIPPED'>();
    expectTypeOf<Order['tags']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Order['prices']>().toEqualTypeOf<{ readonly [key: string]: number }>();
    expectTypeOf<Order['note']>().toEqualTypeOf<string | null>();
    expectTypeOf<Order['amount']>().toEqualTypeOf<{ readonly int: number } | { readonly double: number }>();
    expectTypeOf<NonNullable<Order['previous']>['id']>().toEqualTypeOf<string>();
  });

  test('reads back a record with every kind of field', () => {
    const serde = orders();
    const nested: Order = { ...one, id: 'o-2', note: 'late', previous: one };
    expect(serde.deserialize('t', serde.serialize('t', nested))).toEqual(nested);
  });

  test('grows for a record larger than its buffer', () => {
    const serde = orders();
    const large: Order = { ...one, tags: Array.from({ length: 10_000 }, (_, i) => `tag ${i}`) };
    expect(serde.deserialize('t', serde.serialize('t', large))).toEqual(large);
  });

  test('reads what an older schema wrote, with defaults for new fields', () => {
    const source = memorySchemaSource();
    const old = avro({ type: 'record', name: 'A', fields: [{ name: 'x', type: 'int' }] }, { source });
    const now = avro(
      {
        type: 'record',
        name: 'A',
        fields: [
          { name: 'y', type: 'string', default: 'none' },
          { name: 'x', type: 'long' },
        ],
      },
      { source },
    );
    expect(now.deserialize('t', old.serialize('t', { x: 7 }))).toEqual({ x: 7, y: 'none' });
  });

  test('says so when the writer cannot be resolved', () => {
    const source = memorySchemaSource();
    const bytes = avro('string', { source }).serialize('t', 'text');
    expect(() => avro('int', { source }).deserialize('t', bytes)).toThrow(
      expect.objectContaining({ code: 'NAGARE_SERDES_INCOMPATIBLE_SCHEMA' }),
    );
  });

  test.each([
    ['', 'NAGARE_SERDES_NOT_FRAMED'],
    ['0100000001', 'NAGARE_SERDES_NOT_FRAMED'],
    ['00000000', 'NAGARE_SERDES_NOT_FRAMED'],
    ['000000000902', 'NAGARE_SERDES_UNKNOWN_SCHEMA'],
    ['0000000001', 'NAGARE_SERDES_BAD_BYTES'],
    ['0000000001ffff', 'NAGARE_SERDES_BAD_BYTES'],
  ])('refuses the bytes "%s" with %s', (hex, code) => {
    const serde = avro(
      { type: 'record', name: 'S', fields: [{ name: 's', type: 'string' }] },
      { source: memorySchemaSource() },
    );
    serde.serialize('t', { s: 'registers the schema as 1' });
    expect(() => serde.deserialize('t', Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code }));
  });

  test('registers under <topic>-key, <topic>-value or the subject of the caller', () => {
    const subjects: string[] = [];
    const source = { register: (subject: string) => subjects.push(subject), byId: () => undefined };
    avro('string', { source, use: 'key' }).serialize('orders', 'k');
    avro('string', { source }).serialize('orders', 'v');
    avro('string', { source, subject: (topic) => `my.${topic}` }).serialize('orders', 'v');
    expect(subjects).toEqual(['orders-key', 'orders-value', 'my.orders']);
  });
});
