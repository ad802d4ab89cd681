import { SerdeError } from './errors.ts';
import { defineSerde, type Serde } from './serde.ts';

/** Bytes as they are, not copied: Java's `Serdes.ByteArray()`. */
export const bytes: Serde<Buffer> = defineSerde<Buffer>({
  write(value) {
    if (!Buffer.isBuffer(value)) throw new SerdeError('NAGARE_SERDES_BAD_VALUE', 'bytes takes a Buffer');
    return value;
  },
  read: (value) => value,
});
