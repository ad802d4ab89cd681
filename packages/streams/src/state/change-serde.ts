import { type Serde, SerdeError } from '@nagare/serdes';
import { Change } from '../change.ts';

/** What the last byte of a change says about the bytes before it. Three more kinds end in a byte for `isLatest` before it. */
const onlyOld = 0;
const onlyNew = 1;
const both = 2;
const kindsWithoutLatest = 3;

/**
 * Changes in a repartition topic, in Kafka Streams' form: the bytes of one value, or of both behind the length of the new one,
 * and a last byte that says which (KIP-904).
 */
export function changeSerde<V>(row: Serde<V>): Serde<Change<V>> {
  return Object.freeze({
    serialize: (topic: string, change: Change<V> | null) => (change === null ? null : write(row, topic, change)),
    deserialize: (topic: string, bytes: Buffer | null) => (bytes === null ? null : read(row, topic, bytes)),
  });
}

function write<V>(row: Serde<V>, topic: string, { newValue, oldValue }: Change<V>): Buffer {
  const now = row.serialize(topic, newValue);
  const before = row.serialize(topic, oldValue);
  if (now !== null && before !== null) {
    return Buffer.concat([lengthBytes(now.length), now, before, Buffer.from([both])]);
  }
  if (now !== null) return Buffer.concat([now, Buffer.from([onlyNew])]);
  if (before !== null) return Buffer.concat([before, Buffer.from([onlyOld])]);
  throw new SerdeError('NAGARE_SERDES_BAD_VALUE', 'a change from no row to no row has no bytes');
}

function read<V>(row: Serde<V>, topic: string, bytes: Buffer): Change<V> {
  const flag = bytes[bytes.length - 1];
  if (flag === undefined || flag >= 2 * kindsWithoutLatest) {
    throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `a change that ends in ${flag} is of no known kind`);
  }
  const hasLatest = flag >= kindsWithoutLatest;
  const isLatest = !hasLatest || bytes[bytes.length - 2] === 1;
  const body = bytes.subarray(0, bytes.length - (hasLatest ? 2 : 1));
  const part = (from: Buffer | null) => row.deserialize(topic, from);
  switch (flag % kindsWithoutLatest) {
    case onlyOld:
      return new Change<V>(null, part(body), isLatest);
    case onlyNew:
      return new Change<V>(part(body), null, isLatest);
    default: {
      const { length, start } = readLength(body);
      return new Change(part(body.subarray(start, start + length)), part(body.subarray(start + length)), isLatest);
    }
  }
}

/** A length as Kafka's zigzag varint: seven bits a byte, the lowest first, of twice the length. */
function lengthBytes(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length * 2;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function readLength(bytes: Buffer): { readonly length: number; readonly start: number } {
  let doubled = 0;
  let scale = 1;
  for (let at = 0; at < Math.min(bytes.length, 5); at += 1) {
    const byte = bytes[at] as number;
    doubled += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte < 0x80 && doubled / 2 <= bytes.length - at - 1) return { length: doubled / 2, start: at + 1 };
  }
  throw new SerdeError('NAGARE_SERDES_BAD_BYTES', 'a change has no length that fits its bytes');
}
