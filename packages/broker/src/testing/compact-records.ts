import type { TransactionEndRecord } from '../core/group/group-record.ts';
import type { StoredPair } from '../core/shard.ts';

type Entry = StoredPair | TransactionEndRecord;

/**
 * What compaction may leave of a log at the latest: up to the first transaction that is open, the last record of each
 * key, without those of aborted transactions, without tombstones, and without markers that end nothing any more.
 */
export function compactRecords(log: readonly Entry[]): Entry[] {
  const ends = endsOf(log);
  const stable = log.findIndex((entry, index) => isStaged(entry) && ends[index] === undefined);
  const cleanable = stable < 0 ? log.length : stable;
  const isCounted = (entry: Entry, index: number) => !isEnd(entry) && ends[index]?.isCommit !== false;
  const last = new Map<string, number>();
  for (const [index, entry] of log.slice(0, cleanable).entries()) {
    if (isCounted(entry, index)) last.set(keyOf(entry), index);
  }
  const isKept = (entry: Entry, index: number) =>
    isCounted(entry, index) && last.get(keyOf(entry)) === index && (entry as StoredPair).value !== null;
  const keptEnds = new Set<Entry | undefined>();
  for (const [index, entry] of log.slice(0, cleanable).entries()) if (isKept(entry, index)) keptEnds.add(ends[index]);
  return log.filter((entry, index) => {
    if (index >= cleanable) return true;
    return isEnd(entry) ? keptEnds.has(entry) : isKept(entry, index);
  });
}

function isEnd(entry: Entry): entry is TransactionEndRecord {
  return 'type' in entry;
}

function isStaged(entry: Entry): boolean {
  return !isEnd(entry) && entry.producer !== undefined;
}

function keyOf(entry: Entry): string {
  return isEnd(entry) ? '' : (entry.key?.toString('hex') ?? '');
}

/** The end of the transaction that each record stands in; undefined for one without, or that is open. */
function endsOf(log: readonly Entry[]): (TransactionEndRecord | undefined)[] {
  const next = new Map<number, TransactionEndRecord>();
  const ends: (TransactionEndRecord | undefined)[] = [];
  for (let index = log.length - 1; index >= 0; index--) {
    const entry = log[index] as Entry;
    if (isEnd(entry)) next.set(entry.producerId, entry);
    else if (entry.producer !== undefined) ends[index] = next.get(entry.producer.id);
  }
  return ends;
}
