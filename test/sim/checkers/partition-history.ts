/** What a producer was told of a record: at which offset it is, or nothing that can be relied on. */
export interface SentRecord {
  readonly producer: number;
  /** Counts the records that this producer sent to this partition, in their order. */
  readonly index: number;
  /** Undefined when the send failed or its answer was lost: the record may be there or not. */
  readonly acknowledgedOffset: number | undefined;
}

/** A record as a reader found it. */
export interface ReadRecord {
  readonly producer: number;
  readonly index: number;
  readonly offset: number;
}

/**
 * What one partition must not show after idempotent producers have written to it:
 *
 * - lost: a record was acknowledged and is not there, or not at its offset
 * - duplicated: a record is there twice
 * - reordered: of one producer's records, a later one stands before an earlier one
 * - made up: a record is there that nobody sent
 */
export function partitionFaults(sent: readonly SentRecord[], read: readonly ReadRecord[]): string[] {
  const faults: string[] = [];
  const nameOf = ({ producer, index }: { producer: number; index: number }) => `${producer}/${index}`;
  const known = new Map(sent.map((record) => [nameOf(record), record]));
  const found = new Map<string, ReadRecord>();
  const lastIndex = new Map<number, number>();
  for (const record of read) {
    const name = nameOf(record);
    if (!known.has(name)) faults.push(`${name} is at ${record.offset} and was never sent`);
    const first = found.get(name);
    if (first !== undefined) faults.push(`${name} is at ${first.offset} and again at ${record.offset}`);
    found.set(name, record);
    const last = lastIndex.get(record.producer) ?? -1;
    if (first === undefined && record.index < last) faults.push(`${name} at ${record.offset} comes after ${last}`);
    lastIndex.set(record.producer, Math.max(last, record.index));
  }
  for (const record of sent) {
    if (record.acknowledgedOffset === undefined) continue;
    const at = found.get(nameOf(record))?.offset;
    if (at !== record.acknowledgedOffset) {
      faults.push(
        `${nameOf(record)} was acknowledged at ${record.acknowledgedOffset} and is ${at === undefined ? 'missing' : `at ${at}`}`,
      );
    }
  }
  return faults;
}
