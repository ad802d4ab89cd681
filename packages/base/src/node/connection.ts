import type { Socket } from 'node:net';
import type { Address, Connection, ConnectionEvent } from '../network.ts';
import { networkErrorFrom } from './network-error.ts';
import type { SystemError } from './system-error.ts';

/** A connected socket. */
export class NodeConnection implements Connection {
  onEvent: (event: ConnectionEvent) => void = () => {};
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: Socket;
  #isCorked = false;
  #isEnded = false;
  #error: SystemError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('data', (chunk) => {
      if (!this.#isEnded) this.onEvent({ type: 'data', chunk });
    });
    socket.on('drain', () => this.onEvent({ type: 'drain' }));
    socket.on('close', () => this.#tellClose());
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(chunks: readonly Buffer[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    this.#corkForThisTick();
    for (const chunk of chunks) socket.write(chunk);
    return !socket.writableNeedDrain;
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
    this.#socket.end();
    this.#socket.resume(); // The peer's own end is seen only by who reads up to it.
  }

  destroy(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }

  /** Holds chunks back until the tick ends, so that all writes of one tick leave in one system call. */
  #corkForThisTick(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#socket.uncork();
    });
  }

  #tellClose(): void {
    if (this.#error === undefined) this.onEvent({ type: 'close' });
    else this.onEvent({ type: 'close', error: networkErrorFrom(this.#error, 'keep the connection to', this.remote) });
  }
}
