import { connect, type Socket } from 'node:net';
import { type Api, codecOf, FrameReader, frameOf, Reader, Writer, writeRequestHeader } from '@nagare/protocol';

const correlationId = 1;
const answerBytesMax = 64 * 1024 * 1024;

/** A request's bytes, made once and sent many times: what is measured is the broker, not the making of requests. */
export function requestOf(api: Api, apiVersion: number, body: object): Buffer {
  const writer = new Writer();
  writeRequestHeader(writer, api, { apiVersion, correlationId, clientId: 'bench' });
  codecOf(api.request, apiVersion).write(writer, body as never);
  return Buffer.concat(frameOf(writer.chunks()));
}

/** The body of an answer with a header of version 0, which has a correlation id alone. */
export function answerOf<Answer>(api: Api, apiVersion: number, frame: Buffer): Answer {
  return codecOf(api.response, apiVersion).read(new Reader(frame, 4)) as Answer;
}

/** A connection with one request at a time. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #frames = new FrameReader(answerBytesMax);
  #answered: ((frame: Buffer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('The broker has closed the connection')));
    socket.on('data', (chunk) => {
      this.#frames.push(chunk);
      const frame = this.#frames.next();
      if (frame !== undefined) this.#answered?.(frame);
    });
  }

  static open(bootstrap: string): Promise<RawConnection> {
    const [host = '', port = ''] = bootstrap.split(':');
    const socket = connect({ host, port: Number(port), noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  /** Sends the bytes of a request and resolves with the frame of its answer. */
  ask(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }
}
