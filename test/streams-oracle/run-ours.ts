import { bytes } from '@nagare/serdes';
import { StreamsError, type Topology } from '@nagare/streams';
import { TopologyTestDriver } from '@nagare/streams/testing';
import { text } from './functions.ts';
import { internalTopics } from './internal-topics.ts';
import { build } from './interpreter/interpreter.ts';
import {
  type Answer,
  cacheBytesMax,
  type InputEvent,
  isCached,
  type RunAnswer,
  type TopologySpec,
  type WrittenRecord,
} from './topology-spec.ts';

const raw = { key: bytes, value: bytes };
const hex = (each: Buffer | null) => each?.toString('hex') ?? null;
const bufferOf = (each: string | null) => (each === null ? null : Buffer.from(each));

/** Answers as the Java side does. @throws {NotThere} */
export function runOurs(spec: TopologySpec, runs: readonly (readonly InputEvent[])[]): Answer {
  const topology = build(spec);
  return {
    describe: topology.describe().toString(),
    topics: internalTopics(topology),
    runs: runs.map((events) => run(spec, topology, events)),
  };
}

function run(spec: TopologySpec, topology: Topology, events: readonly InputEvent[]): RunAnswer {
  const driver = new TopologyTestDriver(topology, { statestoreCacheMaxBytes: isCached(spec) ? cacheBytesMax : 0 });
  const error = pipe(driver, events);
  const topics = Object.fromEntries(
    [...driver.producedTopicNames()].sort().map((name) => [name, written(driver, name)]),
  );
  const dropped = [...driver.droppedRecords.values()].reduce((sum, count) => sum + count, 0);
  return { topics, stores: storesOf(driver, spec, events), dropped, ...(error === undefined ? {} : { error }) };
}

/** Puts the events in, up to the one that fails. */
function pipe(driver: TopologyTestDriver, events: readonly InputEvent[]): string | undefined {
  try {
    for (const event of events) {
      if ('advance' in event) {
        driver.advanceWallClockTime(event.advance);
        continue;
      }
      const { topic, key, value, timestamp, headers = [] } = event;
      const list = headers.map(([name, content]) => ({ key: name, value: Buffer.from(content) }));
      driver.createInputTopic(topic, raw).pipeInput(bufferOf(key), bufferOf(value), timestamp, list);
    }
    return undefined;
  } catch (error) {
    if (error instanceof StreamsError) return String(error);
    throw error;
  }
}

function written(driver: TopologyTestDriver, topic: string): readonly WrittenRecord[] {
  const records = driver.createOutputTopic(topic, raw).readRecordsToList();
  return records.map(({ key, value, timestamp, headers }): WrittenRecord => {
    const list = headers.map((header) => `${header.key}=${hex(header.value)}`);
    return [hex(key), hex(value), timestamp, ...list];
  });
}

function storesOf(
  driver: TopologyTestDriver,
  { steps }: TopologySpec,
  events: readonly InputEvent[],
): Record<string, readonly string[]> {
  const stores = driver.getAllStateStores();
  const contents: Record<string, readonly string[]> = {};
  for (const { store, versioned } of steps) {
    if (typeof store !== 'string' || !stores.has(store)) continue;
    const rows = versioned === undefined ? rowsOf(driver, store) : versionsOf(driver, store, events);
    if (rows !== undefined) contents[store] = rows.map((row) => row.map(text).join(' ')).sort();
  }
  return contents;
}

const always = Number.MAX_SAFE_INTEGER;

/** Key, value and, where the store has it, the timestamp of each row. */
function rowsOf(driver: TopologyTestDriver, name: string): (readonly unknown[])[] | undefined {
  const store = driver.getAllStateStores().get(name);
  if (store === undefined) return undefined;
  if ('getWithTimestamp' in store && 'all' in store)
    return [...store.all()].map(([key, value]) => [key, value, store.getWithTimestamp(key)?.timestamp]);
  if ('fetchAll' in store)
    return [...store.fetchAll(0, always)].map(({ value, timestamp, ...key }) => [key, value, timestamp]);
  if ('findEnded' in store) return [...store.findEnded(0, always)].map(({ value, timestamp, ...key }) => [key, value]);
  return undefined;
}

/** The rows of a versioned store as they are, and as they were at the time of each record. */
function versionsOf(driver: TopologyTestDriver, name: string, events: readonly InputEvent[]) {
  const store = driver.getVersionedKeyValueStore<string, unknown>(name);
  const times = events.flatMap((event) => ('advance' in event ? [] : [event.timestamp]));
  const rows = ['a', 'b', 'c', 'd'].flatMap((key) => {
    const asOf = times.map((time) => [`${key}@${time}`, store.get(key, time)] as const);
    return [[key, store.get(key)] as const, ...asOf];
  });
  const found = rows.flatMap(([key, row]) => (row === undefined ? [] : [[key, row.value, row.timestamp]]));
  return [...new Map(found.map((row) => [row[0], row])).values()];
}
