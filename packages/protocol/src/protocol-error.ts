/** Why bytes could not be read or a message could not be written. */
export type ProtocolErrorKind = 'truncated' | 'malformed' | 'too-large' | 'corrupt' | 'unsupported';

/** Bytes that are not what the protocol says. The only error that decoding throws, whatever the bytes are. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly kind: ProtocolErrorKind;

  constructor(kind: ProtocolErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
