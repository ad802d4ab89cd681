import type { Address, Listener } from './network.ts';

/** A request, read whole. */
export interface HttpRequest {
  readonly method: string;
  /** The path as it came, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** An answer that is there. */
export interface HttpReply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Where the parts of an answer go that has no end yet. */
export interface HttpSink {
  /** Sends a text. False: it waits in memory, and nothing more should be sent before {@link onDrain}. */
  write(text: string): boolean;
  end(): void;
  onDrain: () => void;
  /** The last call, whoever has ended the answer. */
  onClose: () => void;
}

/** An answer that comes in parts. `open` must set the sink's callbacks before it returns. */
export interface HttpStream {
  readonly status: number;
  readonly type: string;
  readonly open: (sink: HttpSink) => void;
}

export type HttpAnswer = HttpReply | HttpStream;

export interface HttpServerOptions {
  /** The largest body of a request; larger ones are answered with 413. */
  readonly bodyBytesMax: number;
  /** The most connections at once; further ones are closed as they arrive. */
  readonly connectionsMax: number;
}

export interface HttpAsk {
  readonly method: string;
  /** The path with its query, percent-encoded. */
  readonly path: string;
  readonly body?: string;
  /** How long all of it may take. */
  readonly timeoutMs: number;
  /** The largest answer. */
  readonly bodyBytesMax: number;
}

/** HTTP between processes. */
export interface Http {
  /**
   * Answers requests on an address; port 0 takes a free one. What `answer` rejects with becomes a 500 without a reason.
   * Closing the listener ends the open connections too. Rejects with `NetworkError`.
   */
  serve(
    address: Address,
    answer: (request: HttpRequest) => Promise<HttpAnswer>,
    options: HttpServerOptions,
  ): Promise<Listener>;
  /** Asks a server, and reads its answer whole. Rejects with `NetworkError` when none came, in time and in bounds. */
  ask(address: Address, ask: HttpAsk): Promise<{ readonly status: number; readonly body: Buffer }>;
}
