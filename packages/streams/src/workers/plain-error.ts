/** An error as it goes from thread to thread: a structured clone would lose its code and its class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly cause: PlainError | undefined;
}

/** Causes of causes; some errors are their own. */
const depthMax = 8;

export function plainError(thrown: unknown, depth = 1): PlainError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: String(thrown), stack: undefined, code: undefined, cause: undefined };
  }
  const { name, message, stack, cause } = thrown;
  const { code } = thrown as { readonly code?: unknown };
  return {
    ...{ name, message, stack },
    code: typeof code === 'string' ? code : undefined,
    cause: cause === undefined || depth === depthMax ? undefined : plainError(cause, depth + 1),
  };
}

/** An error that reads as the one in the other thread did, with its `code`. */
export function errorOf({ name, message, stack, code, cause }: PlainError): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: errorOf(cause) });
  const told = { name, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) };
  for (const [key, value] of Object.entries(told)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}
