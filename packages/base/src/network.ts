export type NetworkErrorCode = 'ADDRESS_IN_USE' | 'CONNECTION_REFUSED' | 'CONNECTION_RESET' | 'TIMED_OUT' | 'OTHER';

/** A failed listen, connect or connection. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Byte streams between processes: TCP, or its simulation. */
export interface Network {
  /**
   * Listens on an address; port 0 takes a free one. `onConnection` must set {@link Connection.onEvent} before it returns.
   * Rejects with {@link NetworkError}, `ADDRESS_IN_USE` when the port is taken.
   */
  listen(address: Address, onConnection: (connection: Connection) => void, options?: ListenOptions): Promise<Listener>;
  /** Connects. Rejects with {@link NetworkError}, or with the reason of `signal` when it aborts. */
  connect(address: Address, options?: { readonly signal?: AbortSignal }): Promise<Connection>;
}

export interface ListenOptions {
  /** The most connections at once; further ones are closed as they arrive. Default: what the system allows. */
  readonly connectionsMax?: number;
}

export interface Listener {
  /** The address really taken. */
  readonly address: Address;
  /** Stops taking connections. Those that are open stay open. */
  close(): Promise<void>;
}

export type ConnectionEvent =
  | { readonly type: 'data'; readonly chunk: Buffer }
  /** Bytes that {@link Connection.write} had to keep have left; `write` may be called again. */
  | { readonly type: 'drain' }
  /** The last event: nothing comes after it. `error` is there unless either side ended it in order. */
  | { readonly type: 'close'; readonly error?: NetworkError };

/** One open byte stream. Bytes arrive in order, cut anywhere. */
export interface Connection {
  readonly local: Address;
  readonly remote: Address;
  /** Called for each event, never before the caller that received the connection has returned to the event loop. */
  onEvent: (event: ConnectionEvent) => void;
  /**
   * Sends chunks in order. False means that they wait in memory: stop until `drain`. The chunks must not change until
   * they have left ({@link unsentBytes} is 0 then). Does nothing after the close.
   */
  write(chunks: readonly Buffer[]): boolean;
  /** Bytes given to {@link write} that have not left yet. */
  readonly unsentBytes: number;
  /** Stops `data` events until {@link resume}; the peer is slowed down by TCP. */
  pause(): void;
  resume(): void;
  /** Sends what waits, then closes in order. No `data` comes after it, and a peer that never reads can hold up the `close`. */
  end(): void;
  /**
   * Sends what waits, then closes without listening for the peer's own end: at once, with {@link unsentBytes} at 0, when the
   * system takes everything. A peer whose bytes nobody has read may see a reset in place of the last of these.
   */
  hangUp(): void;
  /** Closes at once; what waits is dropped. */
  destroy(): void;
}
