/**
 * The base of every error that a caller of our API can act on.
 *
 * `code` is stable and documented in docs/errors.md; `retriable` says whether the same call may succeed later; `kafka`
 * is the name of the Kafka error code when a broker's answer caused it.
 */
export abstract class CodedError extends Error {
  abstract readonly code: string;
  readonly retriable: boolean;
  readonly kafka: string | undefined;

  constructor(message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retriable = options.retriable ?? false;
    this.kafka = options.kafka;
  }
}

export interface CodedErrorOptions {
  readonly cause?: unknown;
  readonly retriable?: boolean;
  readonly kafka?: string | undefined;
}
