import type { Address, Connection, Network } from '@nagare/base';
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

interface Waiting {
  readonly resolve: (body: Reader) => void;
  readonly reject: (error: Error) => void;
}

/** One connection that sends typed requests: what a test asks a broker with. */
export class WireClient {
  readonly #socket: Connection;
  readonly #frames = new FrameReader(2 ** 30);
  readonly #waiting = new Map<number, Waiting>();
  #correlationId = 0;
  /** Resolves when the connection has closed. */
  readonly closed: Promise<void>;

  private constructor(socket: Connection) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.onEvent = (event) => {
        if (event.type === 'data') this.#receive(event.chunk);
        if (event.type !== 'close') return;
        for (const { reject } of this.#waiting.values()) reject(new Error('The broker closed the connection'));
        this.#waiting.clear();
        resolve();
      };
    });
  }

  static async connect(network: Network, address: Address): Promise<WireClient> {
    return new WireClient(await network.connect(address));
  }

  /** Sends a request and waits for its answer. */
  request<A extends Api>(api: A, version: number, body: RequestDraftOf<A>): Promise<ResponseOf<A>> {
    const answer = this.raw(api, version, (writer) => codecOf(api.request, version).write(writer, body as never));
    return answer.then((reader) => {
      finishResponseHeader(reader, api, version);
      return codecOf(api.response, version).read(reader) as ResponseOf<A>;
    });
  }

  /** Sends a request whose body may be anything, and gives the answer after its correlation id. */
  raw(api: Api, version: number, write: (writer: Writer) => void): Promise<Reader> {
    this.#correlationId += 1;
    const correlationId = this.#correlationId;
    this.send(api, version, correlationId, write);
    return new Promise((resolve, reject) => this.#waiting.set(correlationId, { resolve, reject }));
  }

  /** Sends a request to which no answer is expected. */
  send(api: Api, version: number, correlationId: number, write: (writer: Writer) => void): void {
    const writer = new Writer();
    writeRequestHeader(writer, api, { apiVersion: version, correlationId, clientId: 'wire' });
    write(writer);
    this.bytes(frameOf(writer.chunks()));
  }

  /** Sends bytes as they are. */
  bytes(chunks: readonly Buffer[]): void {
    this.#socket.write(chunks);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#frames.push(chunk);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      const reader = new Reader(frame);
      const correlationId = reader.int32();
      this.#waiting.get(correlationId)?.resolve(reader);
      this.#waiting.delete(correlationId);
    }
  }
}
