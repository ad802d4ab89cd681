import { fixedWidth } from './fixed-width.ts';
import type { Serde } from './serde.ts';

/** A 32-bit signed integer, big endian: Java's `Serdes.Integer()`. */
export const int32: Serde<number> = fixedWidth<number>({
  name: 'int32',
  bytes: 4,
  accepts: (value) => (value | 0) === value,
  write: (into, value) => into.writeInt32BE(value),
  read: (bytes) => bytes.readInt32BE(),
});
