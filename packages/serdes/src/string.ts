import { describeValue, SerdeError } from './errors.ts';
import { defineSerde, type Serde } from './serde.ts';
import { shortText } from './short-text.ts';

const asciiMax = 0x7f;

/** Up to about this many characters a loop over them takes less time than a call of Node's encoder. */
const shortMax = 32;

/** Text as UTF-8: Java's `Serdes.String()`. */
export const string: Serde<string> = defineSerde<string>({
  write(value) {
    if (typeof value !== 'string') {
      throw new SerdeError('NAGARE_SERDES_BAD_VALUE', `string cannot hold ${describeValue(value)}`);
    }
    return value.length > shortMax ? Buffer.from(value) : shortBytes(value);
  },
  read: (bytes) => shortText(bytes, asciiMax) ?? bytes.toString(),
});

function shortBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > asciiMax) return Buffer.from(text);
    bytes[at] = code;
  }
  return bytes;
}
