import { fixedWidth } from './fixed-width.ts';
import type { Serde } from './serde.ts';

/** A 64-bit float, big endian: Java's `Serdes.Double()`. */
export const float64: Serde<number> = fixedWidth<number>({
  name: 'float64',
  bytes: 8,
  accepts: (value) => typeof value === 'number',
  write: (into, value) => into.writeDoubleBE(value),
  read: (bytes) => bytes.readDoubleBE(),
});
