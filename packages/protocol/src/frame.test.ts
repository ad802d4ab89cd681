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

test('FrameReader allocates nothing for the length that a frame says', () => {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  const reader = new FrameReader(2 ** 30);
  reader.push(Buffer.from([0x3f, 0xff, 0xff, 0xff, 1]));
  for (let chunk = 0; chunk < 100; chunk += 1) {
    reader.push(Buffer.alloc(100_000));
    expect(reader.next()).toBeUndefined();
  }
  expect(allocate).not.toHaveBeenCalled();
  expect(reader.pendingBytes).toBe(10_000_005);
});

test('FrameReader joins tiny chunks, seldom', () => {
  const join = vi.spyOn(Buffer, 'concat');
  const reader = new FrameReader(2 ** 20);
  const [prefix] = frameOf([Buffer.alloc(40_000)]);
  reader.push(prefix as Buffer);
  for (let byte = 0; byte < 40_000; byte += 1) {
    expect(reader.next()).toBeUndefined();
    reader.push(Buffer.from([byte & 0xff]));
  }
  for (const [chunks] of join.mock.calls) expect(chunks.length).toBeLessThan(20);
  expect(join.mock.calls.length).toBeGreaterThan(40_000 / 20);
  expect(join.mock.calls.length).toBeLessThan(40_000 / 15);
  expect(reader.next()?.every((value, byte) => value === (byte & 0xff))).toBe(true);
});

test('FrameReader gives a frame out of several chunks memory of exactly its size', () => {
  const reader = new FrameReader(2 ** 20);
  const stream = Buffer.concat([...frameOf([Buffer.alloc(200_000, 1)]), ...frameOf([Buffer.alloc(10, 2)])]);
  for (let at = 0; at < stream.length; at += 65_536) reader.push(stream.subarray(at, at + 65_536));
  const first = reader.next();
  expect(first?.equals(Buffer.alloc(200_000, 1))).toBe(true);
  expect(first?.buffer.byteLength).toBe(200_000);
  expect(reader.next()?.equals(Buffer.alloc(10, 2))).toBe(true);
  expect(reader.next()).toBeUndefined();
});
