import type { Address, Connection, Timer } from '@nagare/base';
import { FrameReader, ProtocolError } from '@nagare/protocol';
import type { BrokerServices, ConnectionContext } from '../api/context.ts';
import { type Answered, dispatch } from './dispatch.ts';
import type { LogQuota } from './log-quota.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { plainAddress } from './plain-address.ts';

/** Requests of one connection that may be unanswered at once; reading stops there. */
const inFlightMax = 100;
/** What a connection that is to be closed may take until its last answers have left. */
const lingerMsMax = 1_000;
/** Requests of one connection that are served at a stretch: then it is the others' turn. */
const turnRequestsMax = 100;
/** Bytes of answers that may wait for a reader that is slow; reading stops there. */
const unsentBytesMax = 16 * 1024 * 1024;
/** Bytes that requests in flight may hold, with what their answers may come to; reading stops there. */
const heldBytesMax = 64 * 1024 * 1024;
/** Bytes that the socket gets at once: so that it shows how fast a reader takes them. */
const windowBytes = 1024 * 1024;
/** Within `nagare.connection.stall.ms` a frame must come in whole, or a waiting answer leave, or so many bytes move. */
const stallBytesMin = 64 * 1024;

interface Slot {
  chunks: Answered;
  isReady: boolean;
  /** Bytes of the request. */
  readonly requestBytes: number;
  /** What its answer may come to. */
  readonly announcedBytes: number;
}

export interface ConnectionOptions {
  readonly id: number;
  readonly socket: Connection;
  readonly advertised: Address;
  readonly broker: BrokerServices;
  readonly memory: MemoryBudget;
  /** Where it is told that a client was refused. */
  readonly refusals: LogQuota;
  readonly onClose: (connection: BrokerConnection) => void;
}

/** One client: takes requests in order, serves them side by side, and answers in the order of the requests. */
export class BrokerConnection implements ConnectionContext {
  readonly id: number;
  readonly remote: Address;
  readonly advertised: Address;
  readonly #socket: Connection;
  readonly #broker: BrokerServices;
  readonly #memory: MemoryBudget;
  readonly #refusals: LogQuota;
  readonly #onClose: (connection: BrokerConnection) => void;
  readonly #frames: FrameReader;
  readonly #slots: Slot[] = [];
  /** Of all slots, what they say. */
  #requestBytes = 0;
  #answerBytes = 0;
  /** What the shared memory counts for this connection. */
  #countedBytes = 0;
  #countedAnswerBytes = 0;
  /** What the handler that runs now has announced. */
  #announcedBytes = 0;
  readonly #outgoing: Buffer[] = [];
  #outgoingBytes = 0;
  /** Bytes of answers that are ready and wait for an earlier one. */
  #readyBytes = 0;
  #receivedBytes = 0;
  #writtenBytes = 0;
  #isPaused = false;
  #isDraining = false;
  /** Whether what the peer sends is dropped, and not waited for. */
  #isHungUp = false;
  #isClosed = false;
  #isServing = false;
  /** Whether requests that have come in wait for the next turn. */
  #awaitsTurn = false;
  /** Whether the last turn ended because no more could be taken on. */
  #isHeldUp = false;
  #lastActiveMs: number;
  #stalledSinceMs: number;
  #movedAtStall = 0;
  #linger: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.advertised = options.advertised;
    this.#socket = options.socket;
    this.remote = plainAddress(options.socket.remote);
    this.#broker = options.broker;
    this.#memory = options.memory;
    this.#refusals = options.refusals;
    this.#onClose = options.onClose;
    this.#frames = new FrameReader(options.broker.settings.socketRequestMaxBytes);
    this.#lastActiveMs = options.broker.waits.clock.monotonicMs();
    this.#stalledSinceMs = this.#lastActiveMs;
    options.socket.onEvent = (event) => {
      switch (event.type) {
        case 'data':
          if (this.#isHungUp) break;
          this.#receivedBytes += event.chunk.length;
          this.#frames.push(event.chunk);
          this.#serve();
          break;
        case 'drain':
          this.#serve();
          this.#closeIfDrained();
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

  announce(answerBytesMax: number): number {
    this.#announcedBytes = this.#memory.grant(answerBytesMax);
    return this.#announcedBytes;
  }

  /** Takes no more requests, answers those that are in flight, and closes. */
  drain(): void {
    this.#isDraining = true;
    this.#pause();
    this.#closeIfDrained();
  }

  /** Closes a connection that has sent nothing for long, or only part of a frame, or that does not read. */
  closeIfIdle(nowMs: number, idleMsMax: number): void {
    const unsentBytes = this.#socket.unsentBytes + this.#outgoingBytes;
    const isBusy = this.#slots.length > 0 && unsentBytes === 0;
    const mayStall = !isBusy && (this.#frames.pendingBytes > 0 || unsentBytes > 0);
    const moved = this.#receivedBytes + this.#writtenBytes - this.#socket.unsentBytes;
    if (!mayStall || moved - this.#movedAtStall >= stallBytesMin) {
      this.#stalledSinceMs = nowMs;
      this.#movedAtStall = moved;
    }
    if (nowMs - this.#stalledSinceMs >= this.#broker.settings.nagareConnectionStallMs) this.close('stalled');
    else if (!isBusy && !mayStall && idleMsMax >= 0 && nowMs - this.#lastActiveMs >= idleMsMax) this.close('idle');
  }

  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      if (!this.#awaitsTurn) this.#takeTurn();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isServing = false;
    }
    this.#flush();
    this.#throttle();
    this.#closeIfDrained();
  }

  #takeTurn(): void {
    for (let served = 0; !this.#isClosed; served += 1) {
      this.#isHeldUp = this.#isFull();
      if (this.#isHeldUp) return;
      if (served === turnRequestsMax) {
        this.#awaitTurn();
        return;
      }
      const frame = this.#frames.next();
      if (frame === undefined) return;
      this.#lastActiveMs = this.#broker.waits.clock.monotonicMs();
      this.#accept(frame);
    }
  }

  #awaitTurn(): void {
    this.#awaitsTurn = true;
    this.#broker.waits.timers.soon(() => {
      this.#awaitsTurn = false;
      this.#serve();
    });
  }

  #isFull(): boolean {
    const waitingBytes = this.#readyBytes + this.#outgoingBytes;
    const holdsMuch = this.#slots.length >= inFlightMax || this.#requestBytes + this.#answerBytes >= heldBytesMax;
    if (this.#isDraining || holdsMuch || waitingBytes + this.#socket.unsentBytes >= unsentBytesMax) return true;
    // Only who has something on its way is held up: its end is what lets the connection go on.
    if (this.#memory.isUsedUp && (this.#slots.length > 0 || waitingBytes > 0)) return true;
    return this.#memory.isPromised && this.#answerBytes > 0;
  }

  /** Tells the shared memory what has changed here. */
  #count(): void {
    const held = this.#isClosed ? 0 : this.#requestBytes + this.#readyBytes + this.#outgoingBytes;
    const answers = this.#isClosed ? 0 : this.#answerBytes;
    if (held === this.#countedBytes && answers === this.#countedAnswerBytes) return;
    this.#memory.count(held - this.#countedBytes, answers - this.#countedAnswerBytes);
    this.#countedBytes = held;
    this.#countedAnswerBytes = answers;
  }

  #accept(frame: Buffer): void {
    this.#announcedBytes = 0;
    const answered = dispatch(frame, this, this.#broker);
    if (!(answered instanceof Promise)) {
      if (answered === undefined) return;
      if (this.#slots.length === 0) this.#send(answered);
      else {
        this.#slots.push({ chunks: answered, isReady: true, requestBytes: 0, announcedBytes: 0 });
        this.#readyBytes += bytesOf(answered);
      }
      return;
    }
    const sizes = { requestBytes: frame.length, announcedBytes: this.#announcedBytes };
    const slot: Slot = { chunks: undefined, isReady: false, ...sizes };
    this.#slots.push(slot);
    this.#requestBytes += slot.requestBytes;
    this.#answerBytes += slot.announcedBytes;
    this.#count();
    answered.then(
      (chunks) => {
        slot.chunks = chunks;
        slot.isReady = true;
        this.#requestBytes -= slot.requestBytes;
        this.#answerBytes -= slot.announcedBytes;
        this.#readyBytes += bytesOf(chunks);
        this.#answered();
      },
      (error) => this.#fail(error),
    );
  }

  #answered(): void {
    const wasFull = this.#isPaused;
    while (this.#slots[0]?.isReady) {
      const { chunks } = this.#slots.shift() as Slot;
      this.#readyBytes -= bytesOf(chunks);
      if (chunks !== undefined) this.#send(chunks);
    }
    if (wasFull) this.#serve();
    else this.#flush();
    this.#closeIfDrained();
  }

  #send(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) this.#outgoing.push(chunk);
    this.#outgoingBytes += bytesOf(chunks);
  }

  #flush(): void {
    if (this.#isServing || this.#isClosed) return;
    while (this.#outgoing.length > 0 && this.#socket.unsentBytes < windowBytes) {
      const chunks =
        this.#outgoingBytes <= windowBytes ? this.#outgoing.splice(0) : takeBytes(this.#outgoing, windowBytes);
      const bytes = bytesOf(chunks);
      this.#outgoingBytes -= bytes;
      this.#writtenBytes += bytes;
      this.#socket.write(chunks);
    }
    this.#count();
  }

  #throttle(): void {
    if (this.#isClosed) return;
    const isFull = !this.#isHungUp && this.#isFull();
    // The answers that held it up may have left at once: then nothing else tells it to go on.
    if (this.#isHeldUp && !isFull && !this.#awaitsTurn) this.#awaitTurn();
    if (isFull || this.#awaitsTurn) this.#pause();
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
    if (!this.#isDraining || this.#isClosed || this.#isServing) return;
    const isWaiting = this.#slots.length > 0;
    if (isWaiting && !this.#isHungUp) return;
    if (!isWaiting) this.#flush();
    if (!isWaiting && this.#outgoing.length === 0 && this.#end()) this.#closed();
    // A peer that does not read must not keep the broker from stopping.
    else this.#lingerAtMost();
  }

  /** Ends the stream. Returns whether it is closed already. */
  #end(): boolean {
    if (this.#isHungUp) this.#socket.hangUp();
    else this.#socket.end();
    return this.#isHungUp && this.#socket.unsentBytes === 0;
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    if (error instanceof ProtocolError) {
      this.#refusals.info('connection.refused', { connection: this.id, remote: this.remote, reason: error.message });
      this.#hangUp();
      return;
    }
    this.#broker.log.error('request.failed', { connection: this.id, remote: this.remote, error });
    this.close('request failed');
  }

  /** Closes when those before the malformed request have their answers, or when that takes long. */
  #hangUp(): void {
    this.#isHungUp = true;
    this.#isDraining = true;
    this.#closeIfDrained();
  }

  #lingerAtMost(): void {
    this.#linger ??= this.#broker.waits.timers.after(lingerMsMax, () => this.close('drained'));
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#count();
    this.#linger?.cancel();
    this.#onClose(this);
  }
}

function bytesOf(chunks: readonly Buffer[] | undefined): number {
  let bytes = 0;
  if (chunks !== undefined) for (const chunk of chunks) bytes += chunk.length;
  return bytes;
}

/** Takes that many bytes from the front of a queue, which has more. */
function takeBytes(queue: Buffer[], bytes: number): Buffer[] {
  let count = 0;
  let room = bytes;
  while (queue[count]!.length <= room) room -= queue[count++]!.length;
  const taken = queue.splice(0, count);
  if (room > 0) {
    const first = queue[0]!;
    taken.push(first.subarray(0, room));
    queue[0] = first.subarray(room);
  }
  return taken;
}
