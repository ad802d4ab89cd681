import { connect, type Socket } from 'node:net';
import {
  type Api,
  codecOf,
  FrameReader,
  finishResponseHeader,
  frameOf,
  Reader,
  type RequestDraftOf,
  type ResponseOf,
  Writer,
  writeRequestHeader,
} from '@nagare/protocol';

const frameBytesMax = 2 ** 27;

/** One TCP connection that sends requests of Kafka's protocol, in the version that a test names. */
export class Wire implements Disposable {
  readonly #socket: Socket;
  readonly #frames = new FrameReader(frameBytesMax);
  readonly #waiting = new Map<number, (body: Reader) => void>();
  /** Settles when the connection has ended: what is unanswered then stays so. */
  readonly closed: Promise<void>;
  #correlationId = 0;

  constructor(bootstrap: string) {
    const [host = '', port = ''] = bootstrap.split(':');
    this.#socket = connect({ host, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    // A connection that is ended with bytes unread is reset: it has closed, and no more is to be said.
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', () => resolve());
    });
  }

  request<A extends Api>(api: A, version: number, body: RequestDraftOf<A>): Promise<ResponseOf<A>> {
    this.#correlationId += 1;
    const correlationId = this.#correlationId;
    const writer = new Writer();
    writeRequestHeader(writer, api, { apiVersion: version, correlationId, clientId: 'wire' });
    codecOf(api.request, version).write(writer, body as never);
    for (const chunk of frameOf(writer.chunks())) this.#socket.write(chunk);
    return new Promise((resolve) => {
      this.#waiting.set(correlationId, (reader) => {
        finishResponseHeader(reader, api, version);
        resolve(codecOf(api.response, version).read(reader) as ResponseOf<A>);
      });
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#frames.push(chunk);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      const reader = new Reader(frame);
      const correlationId = reader.int32();
      this.#waiting.get(correlationId)?.(reader);
      this.#waiting.delete(correlationId);
    }
  }
}
