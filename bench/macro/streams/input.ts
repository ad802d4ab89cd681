import { type Client, createClient } from '@nagare/client';

/** A record of an input topic; its time is that of its row's first record and as much later as it says. */
export interface InputRecord {
  readonly key: string | null;
  readonly value: string;
  readonly afterMs: number;
}

/** Keys of tables and windows, and words. */
const KEYS = 10_000;
const WORDS_PER_LINE = 10;
const RECORDS_PER_MS = 10;
const BATCH_RECORDS = 2_000;
const BATCH_BYTES = 1_048_576;
const payload = 'x'.repeat(80);

/** A row of the suite: what its application reads. */
export interface StreamsRow {
  readonly name: string;
  /** How many results one record of the input has. */
  readonly outputsPerInput: number;
  /** The record at a place of the input. */
  readonly record: (at: number) => InputRecord;
  readonly hasTable: boolean;
}

const afterMs = (at: number) => Math.floor(at / RECORDS_PER_MS);
const keyed = (at: number) => ({ key: `key-${chosen(at)}`, value: payload, afterMs: afterMs(at) });
const simple = { outputsPerInput: 1, hasTable: false, record: keyed };

export const streamsRows: readonly StreamsRow[] = [
  { name: 'pass-through', ...simple },
  { name: 'word count', ...simple, outputsPerInput: WORDS_PER_LINE, record: line },
  { name: 'tumbling count', ...simple },
  { name: 'stream-table join', ...simple, hasTable: true },
  { name: 'session windows', ...simple },
  {
    name: 'foreign-key join',
    outputsPerInput: 1,
    hasTable: true,
    record: (at) => ({ key: `order-${at}`, value: `key-${chosen(at)} ${payload}`, afterMs: afterMs(at) }),
  },
];

/** What the store that is restored is made of: each key once. */
export const restoreRow: StreamsRow = {
  name: 'restore',
  ...simple,
  record: (at) => ({ key: `key-${at}`, value: 'x', afterMs: afterMs(at) }),
};

/** The same choice of a key for the same place in every run: the middle bits of a multiplicative hash. */
function chosen(at: number): number {
  return ((Math.imul(at + 1, 0x9e3779b1) >>> 8) & 0xffffff) % KEYS;
}

function line(at: number): InputRecord {
  const words = Array.from({ length: WORDS_PER_LINE }, (_, word) => `word-${chosen(at * WORDS_PER_LINE + word)}`);
  return { key: null, value: words.join(' '), afterMs: afterMs(at * WORDS_PER_LINE) };
}

/** The rows of a table, one for each key. */
export function tableRecords(): InputRecord[] {
  return Array.from({ length: KEYS }, (_, at) => ({ key: `key-${at}`, value: `row-${at}`, afterMs: 0 }));
}

/** Sends records in their order. */
export async function fill(
  client: Client,
  topic: string,
  records: {
    readonly from: number;
    readonly count: number;
    readonly startMs: number;
    readonly at: (at: number) => InputRecord;
  },
): Promise<void> {
  await using producer = client.producer({ batchBytesMax: BATCH_BYTES, lingerMs: 5 });
  const end = records.from + records.count;
  for (let first = records.from; first < end; first += BATCH_RECORDS) {
    const messages = Array.from({ length: Math.min(BATCH_RECORDS, end - first) }, (_, place) => {
      const { key, value, afterMs } = records.at(first + place);
      return { key, value, timestamp: records.startMs + afterMs };
    });
    await producer.send({ topic, messages });
  }
}

/** A client of the benchmark's own. */
export function benchClient(bootstrap: string): Client {
  return createClient({ brokers: bootstrap, clientId: 'nagare-bench' });
}
