import fc from 'fast-check';

/** Bytes of the kinds that batches are made of: text that repeats, long runs, noise, and mixtures. */
export const payload: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((noise) => Buffer.from(noise)),
      fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, length]) => Buffer.alloc(length, byte)),
      fc
        .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(200))
        .map(([text, times]) => Buffer.from(text.repeat(times))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

/** 200 KB like a topic's records: more than one block in every format. */
export const recordsLike = Buffer.from(
  Array.from(
    { length: 4000 },
    (_, index) => `{"order":${index},"customer":${(index * 7919) % 977},"status":"OK"}`,
  ).join(''),
);

/** Bytes that do not compress, and more of them than one block holds. */
export const noise = Buffer.alloc(150_000);
for (let at = 0, state = 1; at < noise.length; at += 1) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  noise[at] = state >>> 16;
}
