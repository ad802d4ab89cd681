/** Up to about this many bytes a loop over them takes less time than a call of Node's decoder. */
const shortMax = 20;

/** The codes of a text while it is made, by how many there are: arrays that are made anew cost more than the text. */
const rooms = Array.from({ length: shortMax + 1 }, (_, length) => Array.from({ length }, () => 0));

/**
 * The text of a few bytes, one character for each.
 *
 * @param bytes - What to read.
 * @param byteMax - The largest byte that stands for the character of its number: 127 in UTF-8, 255 in Latin-1.
 * @returns The text; undefined when there are too many bytes, or one is larger: Node's decoder is to be asked then.
 */
export function shortText(bytes: Buffer, byteMax: number): string | undefined {
  const { length } = bytes;
  const codes = rooms[length];
  if (codes === undefined) return undefined;
  for (let at = 0; at < length; at += 1) {
    const code = bytes[at] as number;
    if (code > byteMax) return undefined;
    codes[at] = code;
  }
  return String.fromCharCode(...codes);
}
