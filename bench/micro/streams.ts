import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@nagare/base/node';
import { json, string } from '@nagare/serdes';
import { type RawRecord, StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';
import { LevelStore, MemoryStore, Task, type TaskStore, WriteBuffer } from '@nagare/streams/core';

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
  'count by key': (b) => b.stream('in', texts).groupByKey().count({ store: 'counts' }).toStream().to('out'),
  'count by key and minute': (b) =>
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
const perCommit = 20_000;
const keys = 100_000;

const folder = mkdtempSync(join(tmpdir(), 'nagare-bench-'));
let stores = 0;

for (const [name, describe] of Object.entries(topologies)) {
  for (const kind of name.startsWith('count') ? (['memory', 'LevelDB'] as const) : (['memory'] as const)) {
    const builder = new StreamsBuilder();
    describe(builder);
    await run(name, builder.build(), { count: total / 5, kind });
    const cpuSeconds = await run(name, builder.build(), { count: total, kind });
    console.log(`${name}${name.startsWith('count') ? `, in ${kind}` : ''}: ${cpuSeconds.toFixed(2)} CPU s per million`);
  }
}
rmSync(folder, { recursive: true });

interface RunOptions {
  readonly count: number;
  readonly kind: 'memory' | 'LevelDB';
}

/** The time to make the input is not counted. */
async function run(name: string, topology: Topology, { count, kind }: RunOptions): Promise<number> {
  const task = await taskOf(topology, kind);
  let microseconds = 0;
  for (let offset = 0; offset < count; offset += perBatch) {
    const records = batch(name, offset);
    const before = process.cpuUsage();
    task.addRecords('in', records, offset + perBatch, offset + perBatch);
    while (task.process(100, 0) > 0);
    task.takeOutputs();
    if (offset % perCommit === 0) await commit(task);
    const { user, system } = process.cpuUsage(before);
    microseconds += user + system;
  }
  for (const { buffer } of task.stores) await buffer.store.close();
  return microseconds / count;
}

async function taskOf(topology: Topology, kind: RunOptions['kind']): Promise<Task> {
  const [part] = topology.subTopologies;
  if (part === undefined) throw new Error('no sub-topology');
  const opened: TaskStore[] = [];
  for (const spec of part.stores) {
    const buffer = new WriteBuffer(kind === 'memory' ? new MemoryStore() : await openLevel());
    opened.push({ spec, buffer, changelogTopic: `bench-${spec.name}-changelog` });
  }
  return new Task({
    topology: part,
    partition: 0,
    topics: ['in'],
    stores: opened,
    topicName: (name) => name,
    deserialization: { decide: () => 'fail', deadLetterTopic: undefined },
  });
}

function openLevel(): Promise<LevelStore> {
  stores += 1;
  return LevelStore.open({ path: join(folder, String(stores)), disk: nodePlatform().disk, identity: 'bench' });
}

async function commit(task: Task): Promise<void> {
  for (const { store, pending } of task.prepareCommit().stores) {
    await store.buffer.store.write({ ...pending, position: 0 });
    store.buffer.clear();
  }
}

function batch(name: string, from: number): RawRecord[] {
  const isJson = name.startsWith('JSON');
  return Array.from({ length: perBatch }, (_, i) => {
    const offset = from + i;
    const order = `{"id":"order-${offset}","sku":"sku-${offset % 50}","quantity":3,"price":19.5}`;
    const value = Buffer.from(isJson ? order : `value ${offset} of about one hundred bytes ${'.'.repeat(64)}`);
    return { key: Buffer.from(`key-${(offset * 7919) % keys}`), value, timestamp: offset * 10, offset, headers: [] };
  });
}
