import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, frameOf } from './frame.ts';

test('FrameReader gives back every frame however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 10 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (payloads, cuts) => {
        const frames = payloads.map((payload) => Buffer.from(payload));
        const stream = Buffer.concat(frames.flatMap((frame) => frameOf([frame])));
        const reader = new FrameReader(1000);
        const seen: Buffer[] = [];
        for (let at = 0; at < stream.length; ) {
          const length = cuts.next().value as number;
          reader.push(stream.subarray(at, at + length));
          at += length;
          for (let frame = reader.next(); frame !== undefined; frame = reader.next()) seen.push(frame);
        }
        expect(seen).toEqual(frames);
        expect(reader.pendingBytes).toBe(0);
      },
    ),
  );
});

test.each([
  [-1, 'cannot be -1 bytes long'],
  [1001, 'longer than 1000'],
])('FrameReader refuses a length of %i', (length, message) => {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(length);
  const reader = new FrameReader(1000);
  reader.push(prefix);
  expect(() => reader.next()).toThrow(message);
});
