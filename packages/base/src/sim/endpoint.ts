import { type Address, type Connection, type ConnectionEvent, NetworkError } from '../network.ts';
import type { Life } from './life.ts';
import type { Wire } from './wire.ts';

/** How many bytes may be under way to a peer, or wait there, before the sender must keep them: TCP's window. */
const windowBytes = 128 * 1024;
/** How many bytes an endpoint keeps before `write` says false. */
const unsentBytesMax = 64 * 1024;

/** What travels over a wire: bytes, the end of them, or the news that the connection is gone. */
export type Parcel =
  | { readonly type: 'data'; readonly bytes: Buffer }
  | { readonly type: 'end' }
  | { readonly type: 'reset' };

/** One side of a simulated connection. */
export class Endpoint implements Connection {
  onEvent: (event: ConnectionEvent) => void = () => {};
  readonly local: Address;
  readonly remote: Address;
  readonly life: Life;
  /** Called once, when nothing more can happen here. */
  onClosed: () => void = () => {};
  readonly #wire: Wire;
  readonly #inbox: (Buffer | 'end')[] = [];
  #outbox: Buffer[] = [];
  #unsentBytes = 0;
  #bytesUnderWay = 0;
  #needsDrain = false;
  #isPaused = false;
  #isEnding = false;
  #hangsUp = false;
  #hasSentEnd = false;
  #hasReceivedEnd = false;
  #isClosed = false;

  constructor(life: Life, addresses: { local: Address; remote: Address }, wire: Wire) {
    this.life = life;
    this.local = addresses.local;
    this.remote = addresses.remote;
    this.#wire = wire;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(chunks: readonly Buffer[]): boolean {
    if (this.#isEnding || this.#isClosed || !this.life.isAlive) return true;
    const bytes = Buffer.concat(chunks);
    if (bytes.length === 0) return !this.#needsDrain;
    this.#outbox.push(bytes);
    this.#unsentBytes += bytes.length;
    this.#sendWhatFits();
    if (this.#unsentBytes > unsentBytesMax) this.#needsDrain = true;
    return !this.#needsDrain;
  }

  pause(): void {
    if (!this.#isEnding) this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.life.after(0, () => this.#readInbox());
  }

  end(): void {
    if (this.#isEnding || this.#isClosed || !this.life.isAlive) return;
    this.#isEnding = true;
    this.resume();
    this.#sendWhatFits();
  }

  hangUp(): void {
    this.#hangsUp = true;
    this.end();
  }

  destroy(): void {
    if (this.#isClosed || !this.life.isAlive) return;
    this.vanish();
    this.#tellClose();
  }

  /** Closes without a word to the owner, as the kernel does for a process that died. */
  vanish(): void {
    if (this.#isClosed) return;
    // A kernel that still holds unread bytes tells the peer that they are lost.
    const hasUnread = this.#inbox.some((item) => item !== 'end');
    this.abandon();
    if (hasUnread) this.#wire.send(this, { type: 'reset' });
    else if (!this.#hasSentEnd) this.#wire.send(this, { type: 'end' });
  }

  /** Closes without a word to anybody. */
  abandon(): void {
    this.#isClosed = true;
    this.#outbox = [];
    this.#inbox.length = 0;
    this.#unsentBytes = 0;
    this.onClosed();
  }

  /** Takes what the wire brought. */
  receive(parcel: Parcel): void {
    if (this.#isClosed || !this.life.isAlive) return;
    switch (parcel.type) {
      case 'data':
        this.#inbox.push(parcel.bytes);
        break;
      case 'end':
        this.#inbox.push('end');
        break;
      case 'reset':
        this.breakOff();
    }
    this.life.deliver(() => this.#readInbox());
  }

  /** Closes with an error, as when the connection broke. */
  breakOff(): void {
    if (this.#isClosed || !this.life.isAlive) return;
    this.abandon();
    const { host, port } = this.remote;
    const message = `Cannot keep the connection to ${host}:${port}: connection reset (simulated)`;
    this.#tellClose(new NetworkError('CONNECTION_RESET', message));
  }

  /** The peer has read that many bytes: the window moves on. */
  acknowledge(bytes: number): void {
    this.#bytesUnderWay -= bytes;
    // Not for every few bytes: pieces would get smaller and smaller.
    if (this.#isClosed || !this.life.isAlive || this.#bytesUnderWay > windowBytes / 2) return;
    this.#sendWhatFits();
    if (!this.#needsDrain || this.#unsentBytes > 0) return;
    this.#needsDrain = false;
    this.life.after(0, () => {
      if (!this.#isEnding && !this.#isClosed) this.onEvent({ type: 'drain' });
    });
  }

  #sendWhatFits(): void {
    while (this.#outbox.length > 0 && this.#bytesUnderWay < windowBytes) {
      const first = this.#outbox[0]!;
      const bytes = first.subarray(0, windowBytes - this.#bytesUnderWay);
      if (bytes.length === first.length) this.#outbox.shift();
      else this.#outbox[0] = first.subarray(bytes.length);
      this.#unsentBytes -= bytes.length;
      this.#bytesUnderWay += bytes.length;
      this.#wire.send(this, { type: 'data', bytes });
    }
    if (this.#isEnding && this.#unsentBytes === 0 && !this.#hasSentEnd) {
      this.#hasSentEnd = true;
      this.#wire.send(this, { type: 'end' });
    }
    this.#closeIfEnded();
  }

  #readInbox(): void {
    while (this.#inbox.length > 0 && !this.#isPaused && !this.#isClosed) {
      const item = this.#inbox.shift()!;
      if (item === 'end') this.#onPeerEnd();
      else this.#onData(item);
    }
  }

  #onData(chunk: Buffer): void {
    this.#wire.peerOf(this).acknowledge(chunk.length);
    if (!this.#isEnding) this.onEvent({ type: 'data', chunk });
  }

  #onPeerEnd(): void {
    this.#hasReceivedEnd = true;
    // Who has bytes left for a peer that is gone learns that they are lost.
    if (this.#wire.peerOf(this).isClosed && this.#unsentBytes > 0) {
      this.breakOff();
      return;
    }
    this.#isEnding = true;
    this.#sendWhatFits();
  }

  #closeIfEnded(): void {
    const listens = !this.#hasReceivedEnd && !this.#hangsUp;
    if (!this.#hasSentEnd || listens || this.#isClosed) return;
    this.vanish();
    this.#tellClose();
  }

  #tellClose(error?: NetworkError): void {
    const { life, local } = this;
    life.after(0, () => {
      life.engine.note(`${life.name} close ${local.port} ${error?.code ?? ''}`);
      this.onEvent(error === undefined ? { type: 'close' } : { type: 'close', error });
    });
  }
}
