import { json, string } from '@nagare/serdes';
import { type RawRecord, StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';
import { MemoryStore, Task, WriteBuffer } from '@nagare/streams/core';

// CPU seconds per million records of one task, from raw record to raw output. Run: tsx --conditions=@nagare/source bench/micro/streams.ts

interface Order {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly price: number;
}

const texts = { key: string, value: string };
const orders = { key: string, value: json<Order>() };

const topologies: Record<string, (builder: StreamsBuilder) => void> = {
  'bytes through, no operator': (b) => b.stream('in', texts).to('out'),
  'text, 4 stateless operators': (b) =>
    b
      .stream('in', texts)
      .filter((_, v) => v.length > 0)
      .mapValues((v) => v)
      .peek(() => undefined)
      .mapValues((v) => v)
      .to('out', texts),
  'JSON, 4 stateless operators': (b) =>
    b
      .stream('in', orders)
      .filter((_, order) => order.quantity > 0)
      .mapValues((order) => ({ ...order, total: order.quantity * order.price }))
      .filterNot((_, order) => order.total < 0)
      .mapValues(({ id, total }) => ({ id, total }))
      .to('out', { value: json<{ id: string; total: number }>() }),
  'count by key, in memory': (b) => b.stream('in', texts).groupByKey().count({ store: 'counts' }).toStream().to('out'),
  'count by key and minute, in memory': (b) =>
    b
      .stream('in', texts)
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace('1m', '10s'))
      .count({ store: 'counts' })
      .toStream()
      .to('out'),
};

const total = 1_000_000;
const perBatch = 1_000;
const keys = 1_000;

for (const [name, describe] of Object.entries(topologies)) {
  const builder = new StreamsBuilder();
  describe(builder);
  run(name, builder.build(), total / 5);
  console.log(`${name}: ${run(name, builder.build(), total).toFixed(2)} CPU s per million`);
}

function run(name: string, topology: Topology, count: number): number {
  const task = taskOf(topology);
  const before = process.cpuUsage();
  for (let offset = 0; offset < count; offset += perBatch) {
    task.addRecords('in', batch(name, offset), offset + perBatch, offset + perBatch);
    while (task.process(100, 0) > 0);
    task.takeOutputs();
    if (offset % 100_000 === 0) commit(task);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function taskOf(topology: Topology): Task {
  const [part] = topology.subTopologies;
  if (part === undefined) throw new Error('no sub-topology');
  return new Task({
    topology: part,
    partition: 0,
    topics: ['in'],
    stores: part.stores.map((spec) => ({
      spec,
      buffer: new WriteBuffer(new MemoryStore()),
      changelogTopic: `bench-${spec.name}-changelog`,
    })),
    topicName: (name) => name,
    deserialization: { decide: () => 'fail', deadLetterTopic: undefined },
  });
}

function commit(task: Task): void {
  task.prepareCommit();
  for (const { buffer } of task.stores) {
    (buffer.store as MemoryStore).apply({ ...buffer.pending(), position: 0 });
    buffer.clear();
  }
}

function batch(name: string, from: number): RawRecord[] {
  const isJson = name.startsWith('JSON');
  return Array.from({ length: perBatch }, (_, i) => {
    const offset = from + i;
    const order = `{"id":"order-${offset}","sku":"sku-${offset % 50}","quantity":3,"price":19.5}`;
    const value = Buffer.from(isJson ? order : `value ${offset} of about one hundred bytes ${'.'.repeat(64)}`);
    return { key: Buffer.from(`key-${offset % keys}`), value, timestamp: offset * 10, offset, headers: [] };
  });
}
