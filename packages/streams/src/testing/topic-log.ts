import { type LoggedRecord, PackedRecords, type WrittenRecord } from './packed-records.ts';

/** How many records stay the objects that they came as, in the hope that they are soon read. */
const recentMax = 512;

/** The records of a topic in the order in which they were written, and how far they were read. */
export class TopicLog {
  /** Whether records stay when they were read. */
  keepsAll = false;
  #packed = new PackedRecords();
  #recent: LoggedRecord[] = [];
  /** How many records were forgotten. */
  #forgotten = 0;
  #read = 0;

  /** How many records were written. */
  get length(): number {
    return this.#forgotten + this.#packed.length + this.#recent.length;
  }

  /** How many of them wait to be read. */
  get unread(): number {
    return this.length - this.#read;
  }

  /** Writes a record that is likely to be read soon. */
  append(record: LoggedRecord): void {
    this.#recent.push(record);
    if (this.#recent.length > recentMax) this.#pack();
  }

  /** Writes a record that is likely to be read never: its bytes are copied while they are at hand. */
  pack(record: WrittenRecord): void {
    this.#pack();
    this.#packed.push(record);
  }

  /** Reads up to `count` records. */
  take(count: number): LoggedRecord[] {
    const records = this.#between(
      this.#read - this.#forgotten,
      Math.min(this.length, this.#read + count) - this.#forgotten,
    );
    this.#read += records.length;
    if (this.unread === 0 && !this.keepsAll) this.#forget();
    return records;
  }

  /** All records that are kept. */
  all(): LoggedRecord[] {
    return this.#between(0, this.length - this.#forgotten);
  }

  #pack(): void {
    if (this.#recent.length === 0) return;
    for (const each of this.#recent) this.#packed.push(each);
    this.#recent = [];
  }

  #between(from: number, to: number): LoggedRecord[] {
    const records: LoggedRecord[] = [];
    const packed = this.#packed.length;
    for (let at = from; at < to; at += 1) {
      records.push(at < packed ? this.#packed.at(at) : (this.#recent[at - packed] as LoggedRecord));
    }
    return records;
  }

  #forget(): void {
    this.#forgotten = this.length;
    this.#recent = [];
    if (this.#packed.length > 0) this.#packed = new PackedRecords();
  }
}
