import { StreamsError } from '../errors.ts';
import { type RawRecord, type RecordMetadata, StreamRecord } from '../record.ts';
import type { Inlet } from '../rx.ts';
import type { SourceNode } from '../topology/topology.ts';
import { type DeserializationPolicy, deadLetter, deserializationFailure } from './deserialization.ts';
import type { OutputRecord } from './output.ts';

/** Who is told about the records that a queue does not let through. */
export interface QueueWatcher {
  readonly policy: DeserializationPolicy;
  dropped(reason: 'deserialization' | 'timestamp'): void;
  output(record: OutputRecord): void;
}

/** What a queue is made of. */
export interface RecordQueueParts {
  readonly source: SourceNode;
  readonly topic: string;
  readonly partition: number;
  readonly inlet: Inlet;
  readonly watcher: QueueWatcher;
}

/** The records of one partition that wait for a task. A record is deserialized when it comes to the head. */
export class RecordQueue {
  readonly topic: string;
  readonly partition: number;
  readonly inlet: Inlet;
  readonly #source: SourceNode;
  readonly #watcher: QueueWatcher;
  #records: readonly RawRecord[] = [];
  #next = 0;
  #waiting: (readonly RawRecord[])[] = [];
  #waitingCount = 0;
  #head: StreamRecord<unknown, unknown> | undefined;
  #headOffset = -1;
  #headRaw: RawRecord | undefined;
  #taken: RawRecord | undefined;
  #nextOffset = -1;
  #lag: number | undefined;
  #partitionTimeMs = -1;

  constructor(parts: RecordQueueParts) {
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.inlet = parts.inlet;
    this.#source = parts.source;
    this.#watcher = parts.watcher;
  }

  /** The record to be processed next. */
  get head(): StreamRecord<unknown, unknown> | undefined {
    return this.#head;
  }

  get headOffset(): number {
    return this.#headOffset;
  }

  /** The record that was taken last, as it was read. */
  get taken(): RawRecord | undefined {
    return this.#taken;
  }

  /** How many records wait, the head included. */
  get size(): number {
    return (this.#head === undefined ? 0 : 1) + this.#records.length - this.#next + this.#waitingCount;
  }

  /** The largest timestamp of the records taken, or -1. */
  get partitionTimeMs(): number {
    return this.#partitionTimeMs;
  }

  /** The offset to go on from after a restart, or undefined before anything is known. */
  get committable(): number | undefined {
    if (this.#head !== undefined) return this.#headOffset;
    return this.#nextOffset < 0 ? undefined : this.#nextOffset;
  }

  /** How many records the broker still has, or undefined while that is not known. */
  get lag(): number | undefined {
    return this.#lag;
  }

  /** Whether a task waits for its records when it has those of others. */
  get isAwaited(): boolean {
    return true;
  }

  /** Learns what the broker said without sending records. */
  noteLag(lag: number | undefined): void {
    if (lag !== undefined) this.#lag = lag;
  }

  /** Takes up where a commit left off. */
  resume(partitionTimeMs: number): void {
    this.#partitionTimeMs = Math.max(this.#partitionTimeMs, partitionTimeMs);
  }

  /**
   * Adds records that were fetched.
   *
   * @param nextOffset - Where the fetch goes on; beyond the last record, control records have offsets too.
   * @param endOffset - Where the partition ends for this reader, as far as it is known.
   */
  push(records: readonly RawRecord[], nextOffset: number, endOffset: number | undefined): void {
    this.#nextOffset = nextOffset;
    if (endOffset !== undefined) this.#lag = Math.max(0, endOffset - nextOffset);
    if (records.length === 0) return;
    this.#waiting.push(records);
    this.#waitingCount += records.length;
    if (this.#head === undefined) this.#advance();
  }

  /** Takes the head; the next record comes to the head. */
  take(): StreamRecord<unknown, unknown> {
    const head = this.#head as StreamRecord<unknown, unknown>;
    this.#taken = this.#headRaw;
    this.#partitionTimeMs = Math.max(this.#partitionTimeMs, head.timestamp);
    this.#advance();
    return head;
  }

  #advance(): void {
    this.#head = undefined;
    while (this.#head === undefined) {
      const raw = this.#nextRaw();
      if (raw === undefined) return;
      this.#headOffset = raw.offset;
      this.#headRaw = raw;
      this.#head = this.#decode(raw);
    }
  }

  #nextRaw(): RawRecord | undefined {
    if (this.#next === this.#records.length) {
      const records = this.#waiting.shift();
      if (records === undefined) return undefined;
      this.#waitingCount -= records.length;
      this.#records = records;
      this.#next = 0;
    }
    const raw = this.#records[this.#next];
    this.#next += 1;
    return raw;
  }

  #decode(raw: RawRecord): StreamRecord<unknown, unknown> | undefined {
    const { key, value } = this.#source;
    try {
      const record = new StreamRecord(
        key.deserialize(this.topic, raw.key),
        value.deserialize(this.topic, raw.value),
        this.#timestampOf(raw),
        raw.headers,
      );
      if (record.timestamp >= 0) return record;
      this.#watcher.dropped('timestamp');
      return undefined;
    } catch (error) {
      if (error instanceof StreamsError) throw error;
      return this.#refuse(error, this.#located(raw));
    }
  }

  #timestampOf(raw: RawRecord): number {
    const { timestamp } = this.#source;
    if (timestamp !== undefined) return timestamp(this.#located(raw), this.#partitionTimeMs);
    if (raw.timestamp >= 0) return raw.timestamp;
    const detail = `${this.topic}-${this.partition} at offset ${raw.offset} has ${raw.timestamp}; give the source a timestamp function`;
    throw new StreamsError('NAGARE_STREAMS_TIMESTAMP', detail);
  }

  #refuse(error: unknown, record: RawRecord & RecordMetadata): undefined {
    const { policy } = this.#watcher;
    switch (policy.decide(error, record)) {
      case 'fail':
        throw deserializationFailure(error, record);
      case 'dead-letter':
        this.#watcher.output(deadLetter(error, record, policy));
        break;
      case 'continue':
        break;
    }
    this.#watcher.dropped('deserialization');
  }

  #located(raw: RawRecord): RawRecord & RecordMetadata {
    return { ...raw, topic: this.topic, partition: this.partition };
  }
}
