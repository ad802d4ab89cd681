import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describeValue, SerdeError } from './errors.ts';
import { defineSerde, type Serde } from './serde.ts';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * JSON as UTF-8, checked with a schema of any library that follows Standard Schema (zod, valibot, arktype, …).
 *
 * Values are validated when they are read, and the schema's output (defaults filled in, texts turned into dates) is what
 * the program sees. They are written as they are: an output need not be a valid input of the same schema. Without a
 * schema the type is taken on trust.
 *
 * @param schema - Validates what is read. It must answer synchronously.
 * @returns A serde of the schema's output type.
 * @throws {SerdeError} `NAGARE_SERDES_SCHEMA_MISMATCH` when a value read does not match, `NAGARE_SERDES_ASYNC_SCHEMA`
 * when the schema answers with a promise.
 * @example Orders
 * ```ts
 * const order = json(z.object({ id: z.string(), quantity: z.number() }));
 * ```
 */
export function json<S extends StandardSchemaV1>(schema: S): Serde<StandardSchemaV1.InferOutput<S>>;
export function json<T = Json>(): Serde<T>;
export function json(schema?: StandardSchemaV1): Serde<unknown> {
  return defineSerde<unknown>({
    write,
    read: schema === undefined ? parse : (bytes) => validate(schema, parse(bytes)),
  });
}

function write(value: unknown): Buffer {
  const text = stringify(value);
  if (text === undefined) throw new SerdeError('NAGARE_SERDES_BAD_VALUE', `JSON cannot say ${describeValue(value)}`);
  return Buffer.from(text);
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new SerdeError('NAGARE_SERDES_BAD_VALUE', 'JSON cannot say it', { cause });
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `not JSON: ${describeValue(bytes.toString())}`, { cause });
  }
}

function validate(schema: StandardSchemaV1, value: unknown): unknown {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    // The answer is not used, but its rejection would end the process.
    result.catch(() => undefined);
    throw new SerdeError(
      'NAGARE_SERDES_ASYNC_SCHEMA',
      `a schema of ${schema['~standard'].vendor}; make it synchronous`,
    );
  }
  if (result.issues !== undefined) {
    throw new SerdeError('NAGARE_SERDES_SCHEMA_MISMATCH', result.issues.map(issueText).join('; '), {
      cause: result.issues,
    });
  }
  return result.value;
}

function issueText(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
