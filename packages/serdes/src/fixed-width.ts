import { SerdeError } from './errors.ts';
import { defineSerde, type Serde } from './serde.ts';

/** Makes a serde whose values all have the same number of bytes. */
export function fixedWidth<T>(codec: {
  readonly name: string;
  readonly bytes: number;
  accepts(value: T): boolean;
  write(into: Buffer, value: T): void;
  read(bytes: Buffer): T;
}): Serde<T> {
  return defineSerde<T>({
    write(value) {
      if (!codec.accepts(value)) {
        throw new SerdeError('NAGARE_SERDES_BAD_VALUE', `${codec.name} cannot hold ${String(value)}`);
      }
      const into = Buffer.allocUnsafe(codec.bytes);
      codec.write(into, value);
      return into;
    },
    read(bytes) {
      if (bytes.length !== codec.bytes) {
        const detail = `${codec.name} takes ${codec.bytes} bytes, got ${bytes.length}`;
        throw new SerdeError('NAGARE_SERDES_BAD_BYTES', detail);
      }
      return codec.read(bytes);
    },
  });
}
