import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SystemError } from './system-error.ts';
import { type WriteVector, writeAll } from './write-all.ts';

test('all bytes arrive in order, however few the system takes at a time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 40 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 12 })),
      (arrays, takes) => {
        const chunks = arrays.map((array) => Buffer.from(array));
        const system = fakeSystem(() => takes.next().value);
        expect(write(system, chunks)).toBeNull();
        expect(system.written).toEqual(Buffer.concat(chunks));
      },
    ),
  );
});

test('a call has no more chunks than the kernel takes', () => {
  const system = fakeSystem(() => Number.POSITIVE_INFINITY);
  const chunks = Array.from({ length: 2_500 }, (_, index) => Buffer.from(`${index},`));
  expect(write(system, chunks)).toBeNull();
  expect(system.chunksPerCall).toEqual([1024, 1024, 452]);
  expect(system.written).toEqual(Buffer.concat(chunks));
});

test('an error ends it', () => {
  const error = new Error('broken');
  const failing: WriteVector = (_chunks, _position, done) => done(error, 0);
  let result: SystemError | null = null;
  writeAll(failing, [Buffer.from('x')], 0, (reason) => {
    result = reason;
  });
  expect(result).toBe(error);
});

test('a system that takes nothing ends it instead of being asked for ever', () => {
  expect(
    write(
      fakeSystem(() => 0),
      [Buffer.from('x')],
    ),
  ).toMatchObject({ message: 'the system took no bytes' });
});

test('nothing to write is no call', () => {
  const system = fakeSystem(() => 0);
  expect(write(system, [])).toBeNull();
  expect(write(system, [Buffer.alloc(0)])).toBeNull();
  expect(system.chunksPerCall).toEqual([]);
});

const start = 7;

function write(system: FakeSystem, chunks: readonly Buffer[]): SystemError | null | undefined {
  let result: SystemError | null | undefined;
  writeAll(system.writev, chunks, start, (error) => {
    result = error;
  });
  return result;
}

interface FakeSystem {
  readonly writev: WriteVector;
  readonly written: Buffer;
  readonly chunksPerCall: number[];
}

/** Takes as many bytes per call as `take` says, and only right behind those before. */
function fakeSystem(take: () => number): FakeSystem {
  const taken: Buffer[] = [];
  const chunksPerCall: number[] = [];
  const written = () => Buffer.concat(taken);
  return {
    writev: (chunks, position, done) => {
      expect(position).toBe(start + written().length);
      chunksPerCall.push(chunks.length);
      const bytes = Buffer.concat(chunks);
      const part = bytes.subarray(0, Math.min(take(), bytes.length));
      taken.push(Buffer.from(part));
      done(null, part.length);
    },
    get written() {
      return written();
    },
    chunksPerCall,
  };
}
