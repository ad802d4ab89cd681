import type { Address, Connection, Timer } from '@nagare/base';
import { FrameReader, ProtocolError } from '@nagare/protocol';
import type { BrokerServices, ConnectionContext } from '../api/context.ts';
import { type Answered, dispatch } from './dispatch.ts';

/** Requests of one connection that may be unanswered at once; reading stops there. */
const inFlightMax = 100;
/** Bytes that may wait for a reader that is slow; reading stops there. */
const unsentBytesMax = 16 * 1024 * 1024;
/** How long a frame may take to come in whole, and a slow reader to take anything, in milliseconds. */
const stallMsMax = 30_000;

interface Slot {
  chunks: Answered;
  isReady: boolean;
}

export interface ConnectionOptions {
  readonly id: number;
  readonly socket: Connection;
  readonly advertised: Address;
  readonly broker: BrokerServices;
  readonly onClose: (connection: BrokerConnection) => void;
}

/** One client: takes requests in order, serves them side by side, and answers in the order of the requests. */
export class BrokerConnection implements ConnectionContext {
  readonly id: number;
  readonly remote: Address;
  readonly advertised: Address;
  readonly #socket: Connection;
  readonly #broker: BrokerServices;
  readonly #onClose: (connection: BrokerConnection) => void;
  readonly #frames: FrameReader;
  readonly #slots: Slot[] = [];
  #outgoing: Buffer[] = [];
  #isPaused = false;
  #isDraining = false;
  #isClosed = false;
  #isServing = false;
  #lastActiveMs: number;
  #stalledSinceMs = -1;
  #linger: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.advertised = options.advertised;
    this.#socket = options.socket;
    this.remote = options.socket.remote;
    this.#broker = options.broker;
    this.#onClose = options.onClose;
    this.#frames = new FrameReader(options.broker.settings.socketRequestMaxBytes);
    this.#lastActiveMs = options.broker.clock.monotonicMs();
    options.socket.onEvent = (event) => {
      switch (event.type) {
        case 'data':
          this.#frames.push(event.chunk);
          this.#serve();
          break;
        case 'drain':
          this.#serve();
          break;
        case 'close':
          this.#closed();
          break;
      }
    };
  }

  /** Closes at once. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#broker.log.debug('connection.closed', { connection: this.id, remote: this.remote, reason });
    this.#socket.destroy();
    this.#closed();
  }

  /** Takes no more requests, answers those that are in flight, and closes. */
  drain(): void {
    this.#isDraining = true;
    this.#pause();
    this.#closeIfDrained();
  }

  /** Closes a connection that has sent nothing for long, or only part of a frame, or that does not read. */
  closeIfIdle(nowMs: number, idleMsMax: number): void {
    if (this.#slots.length > 0 && this.#socket.unsentBytes === 0) return;
    const isStalled = this.#frames.pendingBytes > 0 || this.#socket.unsentBytes > 0;
    if (isStalled && this.#stalledSinceMs < 0) this.#stalledSinceMs = nowMs;
    if (!isStalled) this.#stalledSinceMs = -1;
    if (isStalled && nowMs - this.#stalledSinceMs >= stallMsMax) this.close('stalled');
    else if (idleMsMax >= 0 && nowMs - this.#lastActiveMs >= idleMsMax) this.close('idle');
  }

  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (!this.#isClosed && !this.#isFull()) {
        const frame = this.#frames.next();
        if (frame === undefined) break;
        this.#lastActiveMs = this.#broker.clock.monotonicMs();
        this.#stalledSinceMs = -1;
        this.#accept(frame);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isServing = false;
    }
    this.#flush();
    this.#throttle();
  }

  #isFull(): boolean {
    return this.#isDraining || this.#slots.length >= inFlightMax || this.#socket.unsentBytes >= unsentBytesMax;
  }

  #accept(frame: Buffer): void {
    const answered = dispatch(frame, this, this.#broker);
    if (!(answered instanceof Promise)) {
      if (answered === undefined) return;
      if (this.#slots.length === 0) this.#outgoing.push(...answered);
      else this.#slots.push({ chunks: answered, isReady: true });
      return;
    }
    const slot: Slot = { chunks: undefined, isReady: false };
    this.#slots.push(slot);
    answered.then(
      (chunks) => {
        slot.chunks = chunks;
        slot.isReady = true;
        this.#answered();
      },
      (error) => this.#fail(error),
    );
  }

  #answered(): void {
    const wasFull = this.#isPaused;
    while (this.#slots[0]?.isReady) {
      const { chunks } = this.#slots.shift() as Slot;
      if (chunks !== undefined) this.#outgoing.push(...chunks);
    }
    if (wasFull) this.#serve();
    else this.#flush();
    this.#closeIfDrained();
  }

  #flush(): void {
    if (this.#outgoing.length === 0 || this.#isServing) return;
    const chunks = this.#outgoing;
    this.#outgoing = [];
    if (!this.#isClosed) this.#socket.write(chunks);
  }

  #throttle(): void {
    if (this.#isClosed) return;
    if (this.#isFull()) this.#pause();
    else if (this.#isPaused) {
      this.#isPaused = false;
      this.#socket.resume();
    }
  }

  #pause(): void {
    if (this.#isPaused || this.#isClosed) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  #closeIfDrained(): void {
    if (!this.#isDraining || this.#isClosed || this.#slots.length > 0 || this.#linger !== undefined) return;
    this.#flush();
    this.#socket.end();
    // A peer that does not read must not keep the broker from stopping.
    this.#linger = this.#broker.timers.after(1_000, () => this.close('drained'));
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    if (error instanceof ProtocolError) {
      this.#broker.log.info('connection.refused', { connection: this.id, remote: this.remote, reason: error.message });
    } else {
      this.#broker.log.error('request.failed', { connection: this.id, remote: this.remote, error });
    }
    this.close('request failed');
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#linger?.cancel();
    this.#onClose(this);
  }
}
