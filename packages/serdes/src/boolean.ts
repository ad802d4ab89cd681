import { SerdeError } from './errors.ts';
import { fixedWidth } from './fixed-width.ts';
import type { Serde } from './serde.ts';

/** A boolean as one byte, 1 or 0: Java's `Serdes.Boolean()`. */
export const boolean: Serde<boolean> = fixedWidth<boolean>({
  name: 'boolean',
  bytes: 1,
  accepts: (value) => typeof value === 'boolean',
  write: (into, value) => into.writeUInt8(value ? 1 : 0),
  read(bytes) {
    const byte = bytes.readUInt8();
    if (byte > 1) throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `boolean is 0 or 1, got ${byte}`);
    return byte === 1;
  },
});
