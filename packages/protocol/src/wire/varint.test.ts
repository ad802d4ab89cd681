import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import {
  type Cursor,
  readUnsignedVarint,
  readVarint,
  readVarlong,
  unsignedVarintBytes,
  varintBytes,
  varlongBytes,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from './varint.ts';

const kinds = {
  unsigned: { write: writeUnsignedVarint, read: readUnsignedVarint, bytes: unsignedVarintBytes },
  varint: { write: writeVarint, read: readVarint, bytes: varintBytes },
  varlong: { write: writeVarlong, read: readVarlong, bytes: varlongBytes },
} as const;

type Kind = keyof typeof kinds;

const cursorOf = (buffer: Buffer): Cursor => ({ buffer, at: 0, end: buffer.length });

function encode(kind: Kind, value: number): Buffer {
  const buffer = Buffer.alloc(16, 0xaa);
  return buffer.subarray(0, kinds[kind].write(buffer, value, 0));
}

function roundTrips(kind: Kind, value: number): void {
  const encoded = encode(kind, value);
  const cursor = cursorOf(Buffer.concat([encoded, Buffer.from([0x7f])]));
  expect(kinds[kind].bytes(value)).toBe(encoded.length);
  expect(kinds[kind].read(cursor)).toBe(value);
  expect(cursor.at).toBe(encoded.length);
}

describe('a varint', () => {
  test('of any int32 round trips in the bytes that it says', () => {
    fc.assert(fc.property(fc.integer(), (value) => roundTrips('varint', value)));
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => roundTrips('unsigned', value)));
  });

  test('of any safe integer round trips as a varlong', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => roundTrips('varlong', value)));
  });

  test('changes its length where powers of two say', () => {
    for (let bits = 0; bits <= 53; bits += 1) {
      for (const value of [2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1]) {
        if (Number.isSafeInteger(value)) roundTrips('varlong', value);
        if (value === (value | 0)) roundTrips('varint', value);
        if (value === value >>> 0) roundTrips('unsigned', value);
      }
    }
  });

  test.each([
    ['varint', 0, '00'],
    ['varint', -1, '01'],
    ['varint', 1, '02'],
    ['varint', 63, '7e'],
    ['varint', -64, '7f'],
    ['varint', 64, '8001'],
    ['varint', 2147483647, 'feffffff0f'],
    ['varint', -2147483648, 'ffffffff0f'],
    ['varlong', -2147483649, '8180808010'],
    ['varlong', 17179869184, '808080808001'],
    ['varlong', 2 ** 63, 'feffffffffffffffff01'],
    ['varlong', -(2 ** 63), 'ffffffffffffffffff01'],
    ['unsigned', 300, 'ac02'],
    ['unsigned', 4294967295, 'ffffffff0f'],
  ] as const)('%s of %i is %s, as in Java', (kind, value, hex) => {
    expect(encode(kind, value).toString('hex')).toBe(hex);
    expect(kinds[kind].read(cursorOf(Buffer.from(hex, 'hex')))).toBe(value);
  });

  test.each([
    ['unsigned', '8080808080', 'malformed'],
    ['varint', 'ffffffffff01', 'malformed'],
    ['varlong', 'ffffffffffffffffffff01', 'malformed'],
    ['unsigned', '80808080', 'truncated'],
    ['varint', '', 'truncated'],
    ['varlong', 'ffffffffffffffffff', 'truncated'],
    ['varlong', 'ffff', 'truncated'],
  ] as const)('%s refuses %s as %s', (kind, hex, expected) => {
    const read = () => kinds[kind].read(cursorOf(Buffer.from(hex, 'hex')));
    expect(read).toThrow(ProtocolError);
    expect(read).toThrow(expect.objectContaining({ kind: expected }));
  });
});
