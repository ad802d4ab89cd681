import { describeValue, SerdeError } from './errors.ts';
import { defineSerde, type Serde } from './serde.ts';

const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID in its text form of 36 characters, lower case: Java's `Serdes.UUID()`. */
export const uuid: Serde<string> = defineSerde<string>({
  write(value) {
    if (!canonical.test(value)) {
      throw new SerdeError('NAGARE_SERDES_BAD_VALUE', `${describeValue(value)} is not a UUID`);
    }
    return Buffer.from(value.toLowerCase(), 'latin1');
  },
  read(bytes) {
    const text = bytes.toString('latin1');
    if (!canonical.test(text)) throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `${describeValue(text)} is not a UUID`);
    return text.toLowerCase();
  },
});
