import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareOf } from './memory-share.ts';

test('memory is divided evenly, and what has no limit of zero never gets one', () => {
  const bytes = fc.nat({ max: 2 ** 40 });
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 1, max: 64 }), (cacheBytesMax, uncommittedBytesMax, threads) => {
      const share = shareOf({ cacheBytesMax, uncommittedBytesMax }, threads);
      expect(share.cacheBytesMax * threads).toBeLessThanOrEqual(Math.max(cacheBytesMax, threads));
      expect(share.cacheBytesMax === 0).toBe(cacheBytesMax === 0);
      expect(share.uncommittedBytesMax).toBe(
        uncommittedBytesMax === 0 ? 0 : Math.max(1, Math.floor(uncommittedBytesMax / threads)),
      );
    }),
  );
});
