import { connect } from 'node:net';
import {
  type Api,
  codecOf,
  finishResponseHeader,
  Reader,
  type RequestDraftOf,
  Writer,
  writeRequestHeader,
} from '@nagare/protocol';

/** What is sent on a connection of its own, and how an answer to it is to be read. */
export interface Frame {
  readonly name: string;
  readonly bytes: Buffer;
  readonly api: Api;
  readonly version: number;
}

/** The bytes of a request, without its length. */
export function requestOf<A extends Api>(api: A, version: number, body: RequestDraftOf<A>): Buffer {
  const writer = new Writer();
  writeRequestHeader(writer, api, { apiVersion: version, correlationId: 7, clientId: 'frame' });
  codecOf(api.request, version).write(writer, body as never);
  return Buffer.concat(writer.chunks());
}

/** Bytes with a length before them: theirs, unless another is given. */
export function framed(bytes: Buffer, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(length);
  return Buffer.concat([prefix, bytes]);
}

const deadlineMs = 30_000;

/** What a broker does about a frame: its answer, or that it ends the connection. */
export async function exchange(bootstrap: string, { bytes, api, version }: Frame): Promise<unknown> {
  const answer = await firstFrame(bootstrap, bytes);
  if (typeof answer === 'string') return answer;
  const reader = new Reader(answer);
  const correlationId = reader.int32();
  finishResponseHeader(reader, api, version);
  return { correlationId, ...(codecOf(api.response, version).read(reader) as object), left: reader.remaining };
}

function firstFrame(bootstrap: string, bytes: Buffer): Promise<Buffer | string> {
  const [host = '', port = ''] = bootstrap.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    let got = Buffer.alloc(0);
    const finish = (outcome: Buffer | string) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(deadlineMs, () => finish('silence'));
    // A connection that is ended with bytes unread is reset.
    socket.once('error', () => finish('closed')).once('close', () => finish('closed'));
    socket.once('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length >= 4 && got.length >= 4 + got.readInt32BE(0)) finish(got.subarray(4, 4 + got.readInt32BE(0)));
    });
  });
}
