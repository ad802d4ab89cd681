import { type Client, createClient } from '@nagare/client';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../tools/paths.ts';
import { brokerForFile } from './broker-for-file.ts';
import { type InputRecord, makeParts } from './handover/input.ts';
import { type Runtime, runOnce } from './handover/runtimes.ts';
import { type Committed, readCommitted } from './handover/topics.ts';
import { inputs, outputs } from './handover/topology.ts';

const partitions = 2;
const seed = Number(process.env.NAGARE_HANDOVER_SEED ?? 7);
const parts = makeParts(seed, 3);
/** What comes out in which order depends on how records of several partitions meet in a topic between; the last row does not. */
const racing: ReadonlySet<string> = new Set(['letters', 'home']);
/** A join of streams remembers who waits, but not that someone does: after a restart it looks when the next one waits. */
const delayed: ReadonlySet<string> = new Set(['near']);
/** How long the rows of a store live, of those that forget by time, and where their keys in hexadecimal have that time, from the end. */
const lives: Readonly<Record<string, { readonly retentionMs: number; readonly timeAt: number }>> = {
  tumbling: { retentionMs: 15_000, timeAt: 24 },
  closed: { retentionMs: 15_000, timeAt: 24 },
  hopping: { retentionMs: 12_000, timeAt: 24 },
  sessions: { retentionMs: 8_000, timeAt: 32 },
  'near-this-join-store': { retentionMs: 5_000, timeAt: 24 },
  'near-outer-other-join-store': { retentionMs: 5_000, timeAt: 24 },
};

/** What an application leaves behind: its output by topic and key, and the last rows of its changelogs. */
interface Result {
  readonly outputs: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly changelogs: Readonly<Record<string, readonly string[]>>;
}

describe('an application under exactly_once_v2', () => {
  const broker = brokerForFile();
  let uninterrupted: Promise<Result> | undefined;

  /** Runs the application in turns, each with its part of the input. */
  async function results(applicationId: string, turns: readonly (readonly [Runtime, readonly InputRecord[]])[]) {
    using scratch = scratchDirectory('handover');
    const { bootstrap } = broker();
    const client = createClient({ brokers: bootstrap });
    await createTopics(client, applicationId);
    for (const [runtime, records] of turns) {
      await write(client, applicationId, records);
      await runOnce(runtime, { bootstrap, client, applicationId, stateDirectory: scratch.path });
    }
    return resultOf(client, applicationId);
  }

  test.each<[string, string, readonly Runtime[]]>([
    ['begun by Kafka Streams, continued by ours, and ended by Kafka Streams', 'java-first', ['java', 'ours', 'java']],
    ['begun by ours, continued by Kafka Streams, and ended by ours', 'ours-first', ['ours', 'java', 'ours']],
  ])('%s leaves what Kafka Streams alone does', { timeout: 900_000 }, async (_name, applicationId, runtimes) => {
    uninterrupted ??= results('uninterrupted', [['java', parts.flat()]]);
    const wanted = await uninterrupted;
    const found = await results(
      applicationId,
      runtimes.map((runtime, at) => [runtime, parts[at] ?? []]),
    );
    for (const topic of outputs) expect(found.outputs[topic], topic).toEqual(wanted.outputs[topic]);
    for (const [store, rows] of Object.entries(wanted.changelogs)) {
      expect(found.changelogs[store], store).toEqual(rows);
    }
    expect(Object.keys(found.changelogs)).toEqual(Object.keys(wanted.changelogs));
  });
});

async function createTopics(client: Client, applicationId: string): Promise<void> {
  await using admin = client.admin();
  const topics = [...inputs, ...outputs].map((name) => `${applicationId}-${name}`);
  await admin.createTopics({
    topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
  });
}

async function write(client: Client, applicationId: string, records: readonly InputRecord[]): Promise<void> {
  await using producer = client.producer();
  for (const name of inputs) {
    const messages = records.filter(({ topic }) => topic === name);
    if (messages.length > 0) await producer.send({ topic: `${applicationId}-${name}`, messages });
  }
}

async function resultOf(client: Client, applicationId: string): Promise<Result> {
  await using admin = client.admin();
  const topics = await admin.listTopics();
  const stores = topics
    .map(({ topic }) => new RegExp(`^${applicationId}-(.+)-changelog$`).exec(topic)?.[1])
    .filter((store) => store !== undefined)
    .sort();
  const read = (name: string) => readCommitted(client, `${applicationId}-${name}`);
  const written: Record<string, Record<string, string[]>> = {};
  for (const topic of outputs) written[topic] = byKey(topic, await read(topic));
  const changelogs: Record<string, string[]> = {};
  for (const store of stores) changelogs[store] = lastRows(store, await read(`${store}-changelog`));
  return { outputs: written, changelogs };
}

function byKey(topic: string, records: readonly Committed[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { key, value, timestamp } of records) {
    const before = racing.has(topic) ? [] : (found[key] ?? []);
    found[key] = [...before, `${value} at ${timestamp}`];
    if (racing.has(topic) && value === null) delete found[key];
  }
  if (delayed.has(topic)) for (const rows of Object.values(found)) rows.sort();
  return found;
}

/** The rows that a restore finds, by partition and key. */
function lastRows(store: string, records: readonly Committed[]): string[] {
  const rows = new Map<string, Committed>();
  for (const record of records) rows.set(`${record.partition} ${record.key}`, record);
  return [...rows.values()]
    .filter((row) => row.value !== null && isAlive(store, row, records))
    .map((row) => shownRow(store, row))
    .sort();
}

/** Whether the store still has a row: ours writes no row to the changelog that has left the store before the commit. */
function isAlive(store: string, row: Committed, all: readonly Committed[]): boolean {
  const life = lives[store];
  if (life === undefined) return true;
  const timeOf = ({ key }: Committed) => Number.parseInt(key.slice(-life.timeAt).slice(0, 16), 16);
  const times = all.filter(({ partition }) => partition === row.partition).map(timeOf);
  return timeOf(row) > Math.max(...times) - life.retentionMs;
}

function shownRow(store: string, { partition, key, value, timestamp }: Committed): string {
  // Numbers that tell values of one key and time apart begin anew when Kafka Streams starts.
  if (store.startsWith('near-') && store in lives) return `${partition} ${key.slice(0, -8)} ${value} at ${timestamp}`;
  // Kafka Streams gives these records the time of its clock, and takes the first value of a window's count to be 0.
  if (store === 'held-store') return `${partition} ${key} ${value?.slice(-32)}`;
  return `${partition} ${key} ${value} at ${timestamp}`;
}
