import type { Answer, RunAnswer, TopologySpec, WrittenRecord } from './topology-spec.ts';

type ChangeRecords = (topic: string, records: readonly WrittenRecord[]) => readonly WrittenRecord[];

/** An answer with other records in its changelogs. Those that have none then are left out. */
export function withChangelogs(answer: Answer, change: ChangeRecords): Answer {
  const inTopics = (run: RunAnswer): RunAnswer => {
    const changed = Object.entries(run.topics).map(([name, records]) => {
      return [name, name.endsWith('-changelog') ? change(name, records) : records] as const;
    });
    return { ...run, topics: Object.fromEntries(changed.filter(([, records]) => records.length > 0)) };
  };
  return { ...answer, runs: answer.runs.map(inTopics) };
}

const keyOf = ([key]: WrittenRecord) => key ?? '';
const byKey = (a: WrittenRecord, b: WrittenRecord) => (keyOf(a) < keyOf(b) ? -1 : Number(keyOf(a) > keyOf(b)));

/**
 * The records of a buffer of suppressed changes key by key, without their times. Such a changelog is known by the header of
 * its version, which its tombstones lack; others stay as they are.
 */
export function timeless(records: readonly WrittenRecord[]): readonly WrittenRecord[] {
  if (!records.some(([, , , ...headers]) => headers.includes('v=03'))) return records;
  return [...records].sort(byKey).map(([key, value, , ...headers]): WrittenRecord => [key, value, -1, ...headers]);
}

/** The last record of each key, without its time. */
export function waiting(records: readonly WrittenRecord[]): readonly WrittenRecord[] {
  const last = new Map(records.map((record) => [keyOf(record), record]));
  return [...last.values()]
    .sort(byKey)
    .map(([key, value, , ...headers]): WrittenRecord => [key, value, -1, ...headers]);
}

/** How long rows live by the times in their keys. */
interface Life {
  readonly retentionMs: number;
  /** Where a key in hexadecimal has the time that counts, from its end. */
  readonly timeAt: number;
}

const hexOf = (bytes: number) => 2 * bytes;
/** Start and sequence number; end and start. */
const keyTails = { window: hexOf(8 + 4), session: hexOf(8 + 8) };
/** How much longer than its store a changelog keeps records. */
const additionalMs = 86_400_000;

/** How long the rows of a changelog with these settings live; undefined for ever. */
export function lifeOf({ steps }: TopologySpec, settings: Readonly<Record<string, string>> = {}): Life | undefined {
  const { 'retention.ms': retention } = settings;
  if (retention === undefined) return undefined;
  const isSession = steps.some(({ windows }) => (windows as { type?: string } | undefined)?.type === 'session');
  return { retentionMs: Number(retention) - additionalMs, timeAt: keyTails[isSession ? 'session' : 'window'] };
}

/** The rows that a restore finds: the last record of each key, unless it was too old when it was written or has no value. */
export function restored(records: readonly WrittenRecord[], life: Life | undefined): readonly WrittenRecord[] {
  const rows = new Map<string, WrittenRecord>();
  let observedMs = -1;
  for (const record of records) {
    const key = keyOf(record);
    if (life !== undefined) {
      const timeMs = Number(BigInt(`0x${key.slice(-life.timeAt).slice(0, hexOf(8))}`));
      if (record[1] !== null) observedMs = Math.max(observedMs, timeMs);
      if (timeMs <= observedMs - life.retentionMs) continue;
    }
    rows.set(key, record);
  }
  return [...rows.values()].filter(([, value]) => value !== null).sort(byKey);
}
