import { expect, test } from 'vitest';
import { boolean } from './boolean.ts';
import { bytes } from './bytes.ts';
import { serdeSuite } from './contracts/serde-suite.ts';
import { SerdeError } from './errors.ts';
import { float64 } from './float64.ts';
import { int32 } from './int32.ts';
import { bigInt64, int64 } from './int64.ts';
import { string } from './string.ts';
import { uuid } from './uuid.ts';

serdeSuite('string', {
  serde: string,
  samples: [
    ['', ''],
    ['order', '6f72646572'],
    ['流れ', 'e6b581e3828c'],
  ],
  badValues: [1, {}, undefined],
});

serdeSuite('bytes', { serde: bytes, samples: [[Buffer.from([0, 255]), '00ff']], badValues: ['text', 1] });

serdeSuite('int32', {
  serde: int32,
  samples: [
    [0, '00000000'],
    [-1, 'ffffffff'],
    [2 ** 31 - 1, '7fffffff'],
    [-(2 ** 31), '80000000'],
  ],
  badBytes: ['', '000000', '0000000000'],
  badValues: [2 ** 31, 1.5, Number.NaN, '1'],
});

serdeSuite('int64', {
  serde: int64,
  samples: [
    [0, '0000000000000000'],
    [-1, 'ffffffffffffffff'],
    [-(2 ** 32), 'ffffffff00000000'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    [Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
  ],
  badBytes: ['', '00000000', '0020000000000000', '8000000000000000', '7fffffffffffffff'],
  badValues: [2 ** 53, 0.5, Number.POSITIVE_INFINITY, 1n],
});

serdeSuite('bigInt64', {
  serde: bigInt64,
  samples: [
    [-(2n ** 63n), '8000000000000000'],
    [2n ** 63n - 1n, '7fffffffffffffff'],
  ],
  badBytes: ['00000000'],
  badValues: [2n ** 63n, 1],
});

serdeSuite('float64', {
  serde: float64,
  samples: [
    [1.5, '3ff8000000000000'],
    [Number.NEGATIVE_INFINITY, 'fff0000000000000'],
    [Number.NaN, '7ff8000000000000'],
  ],
  badBytes: ['3ff80000'],
  badValues: ['1.5', 1n],
});

serdeSuite('boolean', {
  serde: boolean,
  samples: [
    [true, '01'],
    [false, '00'],
  ],
  badBytes: ['', '02', '0100'],
  badValues: [1, 'true', undefined],
});

const someUuid = '0fe5ac2e-40c4-4a6c-9d2b-0f7e0c8a1b2c';

serdeSuite('uuid', {
  serde: uuid,
  samples: [[someUuid, Buffer.from(someUuid).toString('hex')]],
  badBytes: ['', Buffer.from('not a uuid').toString('hex')],
  badValues: ['0fe5ac2e', ''],
});

test('an int64 beyond 2^53 names the serde that can read it', () => {
  expect(() => int64.deserialize('t', Buffer.from('0020000000000001', 'hex'))).toThrow(/9007199254740993.*bigInt64/);
});

test('an error has a code of the table', () => {
  const error = caught(() => boolean.deserialize('t', Buffer.from([7])));
  expect(error).toBeInstanceOf(SerdeError);
  expect(error).toMatchObject({ code: 'NAGARE_SERDES_BAD_BYTES', retriable: false });
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
