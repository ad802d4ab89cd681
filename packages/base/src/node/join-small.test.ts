import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinSmall } from './join-small.ts';

test('the bytes are the same, large pieces are not copied, and no two small ones are left beside each other', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1, 40, 511, 512, 3_000), { maxLength: 12 }), (lengths) => {
      const chunks = lengths.map((length, index) => Buffer.alloc(length, index + 1));
      const joined = joinSmall(chunks);
      expect(Buffer.concat(joined).equals(Buffer.concat(chunks))).toBe(true);
      for (const large of chunks.filter(({ length }) => length >= 512)) expect(joined).toContain(large);
      const small = chunks.filter(({ length }) => length < 512).length;
      const large = chunks.length - small;
      expect(joined.length).toBeLessThanOrEqual(2 * large + 1);
    }),
  );
});
