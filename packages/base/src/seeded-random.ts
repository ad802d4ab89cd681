import type { Random } from './random.ts';

/**
 * Random numbers that a seed decides: the same seed gives the same numbers on every machine. For tests, simulation and
 * generated data, never for secrets. (sfc32; its period is above 2^64 for every seed.)
 */
export function seededRandom(seed: number | string): Random {
  let [a, b, c] = wordsOf(String(seed));
  let counter = 1;

  const nextWord = () => {
    const word = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    return word >>> 0;
  };
  for (let round = 0; round < 12; round++) nextWord(); // Until then, similar seeds give similar numbers.

  const next = () => nextWord() / 2 ** 32;
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    bytes: (length) => Buffer.from(Uint8Array.from({ length }, () => nextWord() & 255)),
  };
}

/** Three words that depend on every character: FNV-1a from three starts. */
function wordsOf(seed: string): [number, number, number] {
  const words: [number, number, number] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b];
  for (let index = 0; index < seed.length; index++) {
    const code = seed.charCodeAt(index);
    words[0] = Math.imul(words[0] ^ code, 0x01000193);
    words[1] = Math.imul(words[1] ^ code, 0x01000193);
    words[2] = Math.imul(words[2] ^ code, 0x01000193);
  }
  return words;
}
