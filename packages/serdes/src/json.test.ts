import type { StandardSchemaV1 } from '@standard-schema/spec';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { serdeSuite } from './contracts/serde-suite.ts';
import { json } from './json.ts';
import type { Serde } from './serde.ts';

serdeSuite('json', {
  serde: json<unknown>(),
  samples: [
    [{ a: [1, 'é'] }, Buffer.from('{"a":[1,"é"]}').toString('hex')],
    ['text', '227465787422'],
  ],
  badBytes: ['', '7b', 'ff'],
  badValues: [undefined, () => 1, 1n],
});

/** A schema of `{ n: number }` that adds `doubled`, by hand: any library gives the same shape. */
function schemaOf(answer: (value: unknown) => StandardSchemaV1.Result<{ n: number; doubled: number }>) {
  const schema: StandardSchemaV1<{ n: number }, { n: number; doubled: number }> = {
    '~standard': { version: 1, vendor: 'test', validate: answer },
  };
  return schema;
}

const doubling = schemaOf((value) => {
  const n = (value as { n?: unknown } | null)?.n;
  return typeof n === 'number'
    ? { value: { n, doubled: n * 2 } }
    : { issues: [{ message: 'expected a number', path: ['n', { key: 0 }] }] };
});

describe('json with a schema', () => {
  test('gives the output of the schema', () => {
    expect(json(doubling).deserialize('t', Buffer.from('{"n":2}'))).toEqual({ n: 2, doubled: 4 });
  });

  test('has the type of the output', () => {
    expectTypeOf(json(doubling)).toEqualTypeOf<Serde<{ n: number; doubled: number }>>();
  });

  test('refuses what does not match, and says where', () => {
    expect(() => json(doubling).deserialize('t', Buffer.from('{"n":"2"}'))).toThrow(/n\.0: expected a number/);
  });

  test('refuses a schema that answers with a promise, even one that rejects', () => {
    const later = {
      '~standard': { version: 1, vendor: 'slow', validate: () => Promise.reject(new Error('late')) },
    } satisfies StandardSchemaV1;
    expect(() => json(later).deserialize('t', Buffer.from('{}'))).toThrow(
      expect.objectContaining({ code: 'NAGARE_SERDES_ASYNC_SCHEMA' }),
    );
  });
});

test('json reads back what it wrote', () => {
  const serde = json<unknown>();
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      if (value === null) return;
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(serde.deserialize('t', serde.serialize('t', value))).toEqual(plain);
    }),
  );
});
