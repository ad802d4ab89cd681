import { describeValue, SerdeError } from './errors.ts';
import { defineSerde, type Serde } from './serde.ts';

/** Text as UTF-8: Java's `Serdes.String()`. */
export const string: Serde<string> = defineSerde<string>({
  write(value) {
    if (typeof value !== 'string') {
      throw new SerdeError('NAGARE_SERDES_BAD_VALUE', `string cannot hold ${describeValue(value)}`);
    }
    return Buffer.from(value);
  },
  read: (bytes) => bytes.toString(),
});
