/** Why bytes could not be read or a message could not be written. */
export type ProtocolErrorKind = 'truncated' | 'malformed' | 'too-large' | 'corrupt' | 'unsupported';

/** Bytes that are not what the protocol says. The only error that decoding throws, whatever the bytes are. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly kind: ProtocolErrorKind;

  constructor(kind: ProtocolErrorKind, message: string, options?: ErrorOptions) {
    // Whoever sends bytes decides how often this is thrown, and a stack costs more than reading them.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.kind = kind;
  }
}
