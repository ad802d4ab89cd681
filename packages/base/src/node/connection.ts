import type { Socket } from 'node:net';
import type { Address, Connection, ConnectionEvent } from '../network.ts';
import { joinSmall } from './join-small.ts';
import { networkErrorFrom } from './network-error.ts';
import type { SystemError } from './system-error.ts';

/** A connected socket. */
export class NodeConnection implements Connection {
  onEvent: (event: ConnectionEvent) => void = () => {};
  readonly remote: Address;
  readonly #socket: Socket;
  /** Chunks that leave when the tick ends. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Whether a write was told to wait, and no drain has followed. */
  #owesDrain = false;
  #isEnded = false;
  #error: SystemError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('data', (chunk) => {
      if (!this.#isEnded) this.onEvent({ type: 'data', chunk });
    });
    socket.on('drain', () => this.#drained());
    socket.on('close', () => this.#tellClose());
  }

  get local(): Address {
    return { host: this.#socket.localAddress ?? '', port: this.#socket.localPort ?? 0 };
  }

  get unsentBytes(): number {
    return this.#socket.writableLength + this.#heldBytes;
  }

  write(chunks: readonly Buffer[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    if (this.#held.length === 0) this.#sendWithThisTick();
    for (const chunk of chunks) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
    }
    if (this.unsentBytes < socket.writableHighWaterMark) return true;
    this.#owesDrain = true;
    return false;
  }

  pause(): void {
    if (!this.#isEnded) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#send();
    this.#socket.end();
    this.#socket.resume(); // The peer's own end is seen only by who reads up to it.
  }

  hangUp(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#send();
    // To be destroyed soon takes a shutdown, and its answer, for what the close of the socket says anyway.
    if (this.#socket.writableLength === 0) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  destroy(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }

  /**
   * Sends what is held when the tick has ended, and every promise that settles in it has had its say: so that what
   * follows from one event leaves in one system call.
   */
  #sendWithThisTick(): void {
    queueMicrotask(() => process.nextTick(() => this.#send()));
  }

  #send(): void {
    const socket = this.#socket;
    const chunks = joinSmall(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    if (!socket.writable || chunks.length === 0) return;
    if (chunks.length > 1) socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    if (chunks.length > 1) socket.uncork();
    // What the system takes at once is never told as drained.
    if (!socket.writableNeedDrain) this.#drained();
  }

  #drained(): void {
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    this.onEvent({ type: 'drain' });
  }

  #tellClose(): void {
    if (this.#error === undefined) this.onEvent({ type: 'close' });
    else this.onEvent({ type: 'close', error: networkErrorFrom(this.#error, 'keep the connection to', this.remote) });
  }
}
