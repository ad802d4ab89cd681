import { connect } from 'node:net';
import { apis, BatchBuilder, codecOf, FrameReader, frameOf, Writer, writeRequestHeader } from '@nagare/protocol';

/** What every connection does: one request after the other, a record each, with acks=1. */
export interface ManyConnections {
  readonly bootstrap: string;
  readonly topic: string;
  readonly connections: number;
  readonly requestsEach: number;
}

const version = 9;

/** Many clients that each send little: the broker's cost of a request, not of bytes. */
export async function manyConnections(ask: ManyConnections) {
  const request = produceRequest(ask.topic);
  const latencies: number[] = [];
  const startMs = performance.now();
  await Promise.all(Array.from({ length: ask.connections }, () => oneConnection(ask, request, latencies)));
  const seconds = (performance.now() - startMs) / 1000;
  latencies.sort((a, b) => a - b);
  const p99Ms = latencies[Math.floor(latencies.length * 0.99)] as number;
  return { requestsPerSecond: latencies.length / seconds, p99Ms };
}

function produceRequest(topic: string): Buffer {
  const builder = new BatchBuilder();
  builder.append({ timestamp: Date.now(), key: null, value: Buffer.alloc(100, 'x') });
  const writer = new Writer();
  writeRequestHeader(writer, apis.produce, { apiVersion: version, correlationId: 1, clientId: 'many' });
  codecOf(apis.produce.request, version).write(writer, {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: builder.build() }] }],
  } as never);
  return Buffer.concat(frameOf(writer.chunks()));
}

function oneConnection(ask: ManyConnections, request: Buffer, latencies: number[]): Promise<void> {
  const [host = '', port = ''] = ask.bootstrap.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  const frames = new FrameReader(2 ** 20);
  let left = ask.requestsEach;
  let sentMs = 0;
  const send = () => {
    sentMs = performance.now();
    socket.write(request);
  };
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', send);
    socket.on('data', (chunk) => {
      frames.push(chunk);
      while (frames.next() !== undefined) {
        latencies.push(performance.now() - sentMs);
        left -= 1;
        if (left > 0) send();
        else socket.end(resolve);
      }
    });
  });
}
