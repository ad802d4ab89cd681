import { apis, type ResponseOf } from '@nagare/protocol';
import { produceRequest } from './many-connections.ts';
import { answerOf, RawConnection, requestOf } from './raw-connection.ts';
import { percentile } from './statistics.ts';

/** One record after the other, each fetched by a reader that already waits for it. */
export interface EndToEnd {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
}

type Fetched = ResponseOf<typeof apis.fetch>;

const version = 11;
/** What is sent first: both brokers compile their paths in it. */
const warmUpPart = 0.5;

/** From the sending of a record to its arrival at a reader, in milliseconds. Kafka's own tool rounds to whole ones. */
export async function endToEnd({ bootstrap, topic, records }: EndToEnd) {
  const producer = await RawConnection.open(bootstrap);
  const reader = await RawConnection.open(bootstrap);
  const request = produceRequest(topic);
  const latenciesMs: number[] = [];
  const warmUp = Math.ceil(records * warmUpPart);
  for (let offset = 0; offset < warmUp + records; offset += 1) {
    const arrival = reader.ask(fetchRequest(topic, offset));
    const sentMs = performance.now();
    const sent = producer.ask(request);
    assertArrived(answerOf<Fetched>(apis.fetch, version, await arrival));
    if (offset >= warmUp) latenciesMs.push(performance.now() - sentMs);
    await sent;
  }
  producer.close();
  reader.close();
  return { p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99) };
}

function assertArrived({ responses }: Fetched): void {
  const partition = responses[0]?.partitions[0];
  if (partition?.errorCode !== 0 || (partition.records?.length ?? 0) === 0) {
    throw new Error(`The fetch brought no record, but error ${partition?.errorCode}`);
  }
}

function fetchRequest(topic: string, fetchOffset: number): Buffer {
  return requestOf(apis.fetch, version, {
    ...{ replicaId: -1, maxWaitMs: 30_000, minBytes: 1, maxBytes: 1_000_000 },
    ...{ isolationLevel: 0, sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '' },
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
  });
}
