import { describe, expect, test } from 'vitest';
import { SerdeError } from '../errors.ts';
import type { Serde } from '../serde.ts';

/** Values of a serde with their bytes in hexadecimal, and what it must refuse. */
export interface SerdeSamples<T> {
  readonly serde: Serde<T>;
  /** Value and its bytes, as Java's serializer writes them where Java has one. */
  readonly samples: readonly (readonly [value: T, hex: string])[];
  /** Bytes, in hexadecimal, that the serde must refuse to read. */
  readonly badBytes?: readonly string[];
  /** Values that the serde must refuse to write. They lie about their type on purpose. */
  readonly badValues?: readonly unknown[];
}

/** What every serde must do. Call it from the test of each. */
export function serdeSuite<T>(name: string, { serde, samples, badBytes = [], badValues = [] }: SerdeSamples<T>): void {
  describe(`${name} keeps the Serde contract`, () => {
    test('null has no bytes, and no bytes are null', () => {
      expect(serde.serialize('topic', null)).toBeNull();
      expect(serde.deserialize('topic', null)).toBeNull();
    });

    test.each(samples.map(([value, hex]) => ({ value, hex })))('writes $value as $hex and reads it back', (sample) => {
      expect(serde.serialize('topic', sample.value)?.toString('hex')).toBe(sample.hex);
      expect(serde.deserialize('topic', Buffer.from(sample.hex, 'hex'))).toEqual(sample.value);
    });

    test('reads from the middle of a larger buffer', () => {
      for (const [value, hex] of samples) {
        const around = Buffer.from(`ffff${hex}ffff`, 'hex');
        expect(serde.deserialize('topic', around.subarray(2, around.length - 2))).toEqual(value);
      }
    });

    test.each(badBytes)('refuses the bytes %s with a coded error', (hex) => {
      expect(() => serde.deserialize('topic', Buffer.from(hex, 'hex'))).toThrow(SerdeError);
    });

    test.each(badValues.map((value) => ({ value })))('refuses the value $value with a coded error', ({ value }) => {
      expect(() => serde.serialize('topic', value as T)).toThrow(SerdeError);
    });
  });
}
