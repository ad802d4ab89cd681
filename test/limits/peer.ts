import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, apis, codecOf, frameOf, type RequestDraftOf, Writer, writeRequestHeader } from '@nagare/protocol';
import { waitFor } from '../tools/wait.ts';

/** A client that does as it likes with its bytes. */
export class Peer implements Disposable {
  readonly #socket: Socket;
  readonly #waiting: (() => void)[] = [];
  receivedBytes = 0;
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.receivedBytes += chunk.length;
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on('drain', () => this.#wake());
    socket.on('error', () => {});
  }

  /** Connects. The broker may close it at once. */
  static async connect(bootstrap: string): Promise<Peer> {
    const [host = '', port = ''] = bootstrap.split(':');
    const socket = connect({ host, port: Number(port), noDelay: true });
    const peer = new Peer(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return peer;
  }

  /** Connects many, some at a time, and gives them all. */
  static async connectMany(bootstrap: string, count: number): Promise<Peer[]> {
    const peers: Peer[] = [];
    while (peers.length < count) {
      const some = Math.min(64, count - peers.length);
      peers.push(...(await Promise.all(Array.from({ length: some }, () => Peer.connect(bootstrap)))));
    }
    return peers;
  }

  /** Stops to read. */
  deafen(): void {
    this.#socket.pause();
  }

  /** Sends bytes; false when the broker does not take them now. */
  send(bytes: Buffer): boolean {
    return this.#socket.write(bytes);
  }

  /** Bytes that were given to the system or wait for it. */
  get sentBytes(): number {
    return this.#socket.bytesWritten;
  }

  /** Bytes that the broker's side has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Resolves when nothing of what was sent has been taken for two seconds, or everything has. */
  async stalled(): Promise<void> {
    let looks = 0;
    for (let before = -1; looks < 8 && this.unsentBytes > 0; looks = this.unsentBytes === before ? looks + 1 : 0) {
      before = this.unsentBytes;
      await delay(250);
    }
  }

  /** Resolves when the socket has sent what it kept, or is closed. */
  async drained(): Promise<void> {
    if (!this.isClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Asks for the versions of APIs: whether an answer comes, and not a close. */
  async isServed(): Promise<boolean> {
    const before = this.receivedBytes;
    this.send(frameFor(apis.apiVersions, 0, {}));
    await waitFor(() => (this.isClosed || this.receivedBytes > before ? true : undefined), {
      what: 'an answer or a close',
    });
    return !this.isClosed;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** A request as it goes over the wire. */
export function frameFor<A extends Api>(api: A, apiVersion: number, body: RequestDraftOf<A>, clientId = 'x'): Buffer {
  const writer = new Writer();
  writeRequestHeader(writer, api, { apiVersion, correlationId: 1, clientId });
  codecOf(api.request, apiVersion).write(writer, body as never);
  return Buffer.concat(frameOf(writer.chunks()));
}
