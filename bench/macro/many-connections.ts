import { apis, BatchBuilder } from '@nagare/protocol';
import { RawConnection, requestOf } from './raw-connection.ts';
import { percentile } from './statistics.ts';

/** What every connection does: one request after the other, a record each, with acks=1. */
export interface ManyConnections {
  readonly bootstrap: string;
  readonly topic: string;
  readonly connections: number;
  readonly requestsEach: number;
}

const version = 9;
const valueBytes = 100;

/** Many clients that each send little: the broker's cost of a request, not of bytes. */
export async function manyConnections(ask: ManyConnections) {
  const request = produceRequest(ask.topic);
  const opened = await Promise.all(Array.from({ length: ask.connections }, () => RawConnection.open(ask.bootstrap)));
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  await Promise.all(opened.map((connection) => oneConnection(connection, request, ask.requestsEach, latenciesMs)));
  const seconds = (performance.now() - startMs) / 1000;
  for (const connection of opened) connection.close();
  return { requestsPerSecond: latenciesMs.length / seconds, p99Ms: percentile(latenciesMs, 0.99) };
}

/** A Produce request with acks=1 and one record for partition 0. */
export function produceRequest(topic: string): Buffer {
  const builder = new BatchBuilder();
  builder.append({ timestamp: Date.now(), key: null, value: Buffer.alloc(valueBytes, 'x') });
  return requestOf(apis.produce, version, {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: builder.build() }] }],
  });
}

async function oneConnection(connection: RawConnection, request: Buffer, times: number, latenciesMs: number[]) {
  for (let left = times; left > 0; left -= 1) {
    const sentMs = performance.now();
    await connection.ask(request);
    latenciesMs.push(performance.now() - sentMs);
  }
}
