import { CodedError } from '@nagare/base';

/** Every error that a serde can throw. */
export const serdeErrors = {
  NAGARE_SERDES_BAD_VALUE: 'The value does not fit the serde',
  NAGARE_SERDES_BAD_BYTES: 'The bytes are not what the serde writes',
  NAGARE_SERDES_SCHEMA_MISMATCH: 'The value does not match its schema',
  NAGARE_SERDES_ASYNC_SCHEMA: 'The schema validates asynchronously, and records are decoded synchronously',
  NAGARE_SERDES_NOT_FRAMED: 'The bytes do not start with the schema-registry frame',
  NAGARE_SERDES_UNKNOWN_SCHEMA: 'The schema source does not know the schema',
  NAGARE_SERDES_INCOMPATIBLE_SCHEMA: 'The schema that wrote the record cannot be read with the schema of the reader',
} as const;

export type SerdeErrorCode = keyof typeof serdeErrors;

/** A value that cannot be written, or bytes that cannot be read. */
export class SerdeError extends CodedError {
  override readonly name = 'SerdeError';
  readonly code: SerdeErrorCode;

  constructor(code: SerdeErrorCode, detail: string, options: { readonly cause?: unknown } = {}) {
    super(`${serdeErrors[code]}: ${detail}`, options);
    this.code = code;
  }
}

/** Names a value of any type in an error message, shortened. */
export function describeValue(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
