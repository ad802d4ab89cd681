import { createSimulation, type Simulation } from '@nagare/base/sim';
import { type Broker, createBroker } from '@nagare/broker';
import { type Client, createClient, type Producer } from '@nagare/client';
import { partitionFaults, type ReadRecord, type SentRecord } from './checkers/partition-history.ts';

const topic = 'orders';
const partitions = 2;
const producers = 3;
const sendsOfProducer = 25;
const address = { host: 'broker', port: 9092 };
const bootstrap = `${address.host}:${address.port}`;

/** What a run of one seed came to. */
export interface OrderingRun {
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly traceHash: string;
}

/**
 * Several idempotent producers write to one broker at once while connections break, before or after the bytes of a
 * request or answer have arrived. In the end what each partition holds is compared with what was acknowledged.
 */
export async function runOrdering(seed: number): Promise<OrderingRun> {
  const sim = createSimulation({ seed });
  const broker = await sim.complete(startBroker(sim));
  await sim.complete(createTopic(sim));
  drawFaults(sim);
  const sent: SentRecord[][] = Array.from({ length: partitions }, () => []);
  const clients = Array.from({ length: producers }, (_, index) => produce(sim, index + 1, sent));
  await sim.complete(Promise.all(clients), { simMsMax: 3_600_000 });
  heal(sim);
  const faults: string[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const read = await sim.complete(readPartition(sim, partition), { simMsMax: 600_000 });
    faults.push(...partitionFaults(sent[partition] as SentRecord[], read));
  }
  await sim.complete(broker.stop());
  const acknowledged = sent.flat().filter((record) => record.acknowledgedOffset !== undefined).length;
  return { faults, acknowledged, traceHash: sim.traceHash };
}

/** Every other seed keeps its log on the simulated disk. */
function startBroker(sim: Simulation): Promise<Broker> {
  const platform = sim.platform(address.host);
  const onDisk = sim.seed % 2 === 0 ? { directory: '/data', durability: 'fsync' as const } : {};
  return createBroker({ platform, listen: address, ...onDisk });
}

async function createTopic(sim: Simulation): Promise<void> {
  await using admin = clientOf(sim, 'admin').admin();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
}

function clientOf(sim: Simulation, name: string): Client {
  return createClient({ brokers: bootstrap, clientId: name, platform: sim.platform(name) });
}

function drawFaults({ network, random }: Simulation): void {
  network.faults.latencyMs = [0, 1 + random.below(40)];
  network.faults.resetRate = random.next() * 0.08;
  network.faults.refuseRate = random.next() * 0.3;
  network.faults.cutRate = random.next() * 0.5;
}

function heal({ network }: Simulation): void {
  Object.assign(network.faults, { latencyMs: [0, 1], resetRate: 0, refuseRate: 0, cutRate: 0 });
}

async function produce(sim: Simulation, id: number, sent: SentRecord[][]): Promise<void> {
  const { random } = sim;
  const producer = clientOf(sim, `producer-${id}`).producer({
    lingerMs: random.below(10),
    batchBytesMax: 120 + random.below(400),
    requestTimeoutMs: 500 + random.below(1_000),
    maxInFlight: 1 + random.below(5),
  });
  const next = Array.from({ length: partitions }, () => 0);
  const open: Promise<void>[] = [];
  for (let count = 0; count < sendsOfProducer; count += 1) {
    const partition = random.below(partitions);
    const indexes = Array.from({ length: 1 + random.below(4) }, () => (next[partition] as number)++);
    open.push(send(producer, { id, partition, indexes }, sent));
    if (random.next() < 0.3) await Promise.all(open);
  }
  await Promise.all(open);
  await producer.close();
}

async function send(
  producer: Producer,
  { id, partition, indexes }: { id: number; partition: number; indexes: readonly number[] },
  sent: SentRecord[][],
): Promise<void> {
  const messages = indexes.map((index) => ({ partition, value: `${id}/${index}` }));
  const offsets: number[] = [];
  try {
    for (const { baseOffset, count } of await producer.send({ topic, messages })) {
      for (let delta = 0; delta < count; delta += 1) offsets.push(baseOffset + delta);
    }
  } catch {
    // Whether the records arrived is not known: the checker takes either.
  }
  for (const [place, index] of indexes.entries()) {
    sent[partition]?.push({ producer: id, index, acknowledgedOffset: offsets[place] });
  }
}

async function readPartition(sim: Simulation, partition: number): Promise<ReadRecord[]> {
  const client = clientOf(sim, 'reader');
  await using admin = client.admin();
  const [end] = await admin.listOffsets({ partitions: [{ topic, partition, at: 'latest' }] });
  await using consumer = client.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign([{ topic, partition }]);
  const found: ReadRecord[] = [];
  while ((found.at(-1)?.offset ?? -1) < (end?.offset ?? 0) - 1) {
    for (const fetched of await consumer.poll({ timeoutMs: 1_000 })) {
      const records = fetched.records();
      while (records.next()) {
        const [producer, index] = String(records.value).split('/').map(Number) as [number, number];
        found.push({ producer, index, offset: records.offset });
      }
    }
  }
  return found;
}
