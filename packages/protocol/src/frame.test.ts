import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { FrameReader, frameOf } from './frame.ts';

afterEach(() => vi.restoreAllMocks());

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

test('FrameReader allocates for bytes that came, whatever length a frame says', () => {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  const reader = new FrameReader(2 ** 30);
  reader.push(Buffer.from([0x3f, 0xff, 0xff, 0xff, 1]));
  for (let received = 5; received < 4_000_000; received += 1000) {
    expect(reader.next()).toBeUndefined();
    for (const [bytes] of allocate.mock.calls) expect(bytes).toBeLessThanOrEqual(Math.max(65_536, 2 * received));
    allocate.mockClear();
    reader.push(Buffer.alloc(1000));
  }
});

test('FrameReader gives a frame in pieces memory of its own, and none beyond', () => {
  const reader = new FrameReader(2 ** 20);
  const stream = Buffer.concat(frameOf([Buffer.alloc(200_000, 1)]).concat(frameOf([Buffer.alloc(10, 2)])));
  reader.push(stream.subarray(0, 70_000));
  expect(reader.next()).toBeUndefined();
  expect(reader.pendingBytes).toBe(70_000);
  reader.push(stream.subarray(70_000));
  const first = reader.next();
  expect(first?.equals(Buffer.alloc(200_000, 1))).toBe(true);
  expect(first?.buffer.byteLength).toBe(200_004);
  expect(reader.next()?.equals(Buffer.alloc(10, 2))).toBe(true);
  expect(reader.next()).toBeUndefined();
});
