/**
 * Both halves of a hash, each a 64-bit number as two signed integers, the high one first.
 *
 * One array for all hashes, and no number beyond 32 bits on the way: objects that hold the numbers take twice as long.
 */
const words = new Int32Array(4);
const h1 = 0;
const h2 = 2;

const seed = 104_729;
const c1High = 0x87c37b91;
const c1Low = 0x114253d5;
const c2High = 0x4cf5ad43;
const c2Low = 0x2745937f;
const n1 = 0x52dce729;
const n2 = 0x38495ab5;
const blockBytes = 16;
const tail = Buffer.alloc(blockBytes);

/**
 * Murmur3 in 128 bits, with the seed of Kafka Streams: what foreign-key joins tell values apart by.
 *
 * @returns 16 bytes, both halves big endian.
 */
export function hash128(bytes: Buffer): Buffer {
  words[h1] = 0;
  words[h1 + 1] = seed;
  words[h2] = 0;
  words[h2 + 1] = seed;
  const end = bytes.length - (bytes.length % blockBytes);
  for (let at = 0; at < end; at += blockBytes) {
    mix1(bytes, at);
    scramble(h1, 27, h2, n1);
    mix2(bytes, at + 8);
    scramble(h2, 31, h1, n2);
  }
  if (end < bytes.length) {
    tail.fill(0);
    for (let at = end; at < bytes.length; at += 1) tail[at - end] = bytes[at] as number;
    mix1(tail, 0);
    mix2(tail, 8);
  }
  xor(h1, 0, bytes.length);
  xor(h2, 0, bytes.length);
  addHalf(h1, h2);
  addHalf(h2, h1);
  finish(h1);
  finish(h2);
  addHalf(h1, h2);
  addHalf(h2, h1);
  return hashBytes();
}

/** Takes eight bytes times c1, turned to the left by 31 bits, times c2, into the first half. */
function mix1(bytes: Buffer, at: number): void {
  const low = littleEndian(bytes, at);
  const high = upper(low, c1Low) + Math.imul(littleEndian(bytes, at + 4), c1Low) + Math.imul(low, c1High);
  const product = Math.imul(low, c1Low);
  const turnedHigh = (high << 31) | (product >>> 1);
  const turnedLow = (product << 31) | (high >>> 1);
  xor(
    h1,
    upper(turnedLow, c2Low) + Math.imul(turnedHigh, c2Low) + Math.imul(turnedLow, c2High),
    Math.imul(turnedLow, c2Low),
  );
}

/** Takes eight bytes times c2, turned to the left by 33 bits, times c1, into the second half. */
function mix2(bytes: Buffer, at: number): void {
  const low = littleEndian(bytes, at);
  const high = upper(low, c2Low) + Math.imul(littleEndian(bytes, at + 4), c2Low) + Math.imul(low, c2High);
  const product = Math.imul(low, c2Low);
  const turnedHigh = (product << 1) | (high >>> 31);
  const turnedLow = (high << 1) | (product >>> 31);
  xor(
    h2,
    upper(turnedLow, c1Low) + Math.imul(turnedHigh, c1Low) + Math.imul(turnedLow, c1High),
    Math.imul(turnedLow, c1Low),
  );
}

/** Turns a half to the left, adds the other one to it, and takes it times five and a constant more. */
function scramble(half: number, bits: number, other: number, constant: number): void {
  const high = words[half] as number;
  const low = words[half + 1] as number;
  words[half] = (high << bits) | (low >>> (32 - bits));
  words[half + 1] = (low << bits) | (high >>> (32 - bits));
  addHalf(half, other);
  multiply(half, 0, 5);
  add(half, 0, constant);
}

/** Spreads each bit of a half over all of them. */
function finish(half: number): void {
  xor(half, 0, (words[half] as number) >>> 1);
  multiply(half, 0xff51afd7, 0xed558ccd);
  xor(half, 0, (words[half] as number) >>> 1);
  multiply(half, 0xc4ceb9fe, 0x1a85ec53);
  xor(half, 0, (words[half] as number) >>> 1);
}

function xor(half: number, high: number, low: number): void {
  words[half] = (words[half] as number) ^ high;
  words[half + 1] = (words[half + 1] as number) ^ low;
}

function addHalf(half: number, other: number): void {
  add(half, words[other] as number, words[other + 1] as number);
}

function add(half: number, high: number, low: number): void {
  const sum = ((words[half + 1] as number) + low) | 0;
  const carry = sum >>> 0 < low >>> 0 ? 1 : 0;
  words[half] = (words[half] as number) + high + carry;
  words[half + 1] = sum;
}

function multiply(half: number, high: number, low: number): void {
  const before = words[half + 1] as number;
  words[half] = upper(before, low) + Math.imul(words[half] as number, low) + Math.imul(before, high);
  words[half + 1] = Math.imul(before, low);
}

/** The upper 32 bits of the product of two numbers of 32 bits. */
function upper(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle1 = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const middle2 = (Math.imul(a0, b1) + (middle1 & 0xffff)) | 0;
  return (Math.imul(a1, b1) + (middle1 >>> 16) + (middle2 >>> 16)) | 0;
}

function littleEndian(bytes: Buffer, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function hashBytes(): Buffer {
  const hash = Buffer.allocUnsafe(blockBytes);
  for (let at = 0; at < blockBytes; at += 1) hash[at] = (words[at >>> 2] as number) >>> (24 - 8 * (at & 3));
  return hash;
}
