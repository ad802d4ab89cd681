import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  inTransaction,
  type MetadataRecord,
  splitIntoBatches,
} from '../core/controller/records.ts';
import { BrokerError } from '../errors.ts';
import type { MetadataBatch, MetadataLog } from './metadata-log.ts';
import { readBatch } from './metadata-partition.ts';
import { encodeSnapshot, type MetadataSnapshots } from './metadata-snapshots.ts';
import { leaderChangeRecord, QuorumFacts, quorumRecords, type Voter } from './quorum-records.ts';

/** Kafka's bound of a batch of metadata; more records than that go into a transaction. */
const batchBytesMax = 8 * 1024 * 1024;

/** Metadata records over a log of bytes: what commits together is written together. */
export class MetadataJournal {
  readonly #log: MetadataLog;
  readonly #snapshots: MetadataSnapshots | undefined;
  readonly #quorum = new QuorumFacts();
  #leaderEpoch = 0;
  /** Bytes of records since the last snapshot. */
  #bytes = 0;
  /** What the last snapshot stands for; it goes when the log has something behind it. */
  #replacedTo = 0;

  constructor(log: MetadataLog, snapshots?: MetadataSnapshots) {
    this.#log = log;
    this.#snapshots = snapshots;
  }

  /**
   * Calls `each` for every record of the last snapshot and of the log behind it.
   *
   * @returns The greatest leader epoch among them, 0 when there are none.
   * @throws {BrokerError} `NAGARE_BROKER_LOG_CORRUPT` when a record cannot be read or applied, or when records are missing.
   */
  async replay(each: (record: MetadataRecord) => void): Promise<number> {
    const snapshot = await this.#snapshots?.latest();
    const from = snapshot?.endOffset ?? 0;
    if (this.#log.startOffset > from || this.#log.endOffset < from) {
      const range = `${this.#log.startOffset} to ${this.#log.endOffset}`;
      throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', `__cluster_metadata-0: it holds ${range}, and not ${from}`);
    }
    let lastEpoch = snapshot?.epoch ?? 0;
    for (const batch of snapshot?.batches ?? []) this.#replayBatch(readBatch(batch), each);
    this.#bytes = 0;
    await this.#log.replay(from, (batch) => {
      lastEpoch = Math.max(lastEpoch, batch.leaderEpoch);
      this.#replayBatch(batch, each);
    });
    this.#replacedTo = from;
    return lastEpoch;
  }

  #replayBatch({ isControl, records }: MetadataBatch, each: (record: MetadataRecord) => void): void {
    if (isControl) {
      this.#quorum.replay(records);
      return;
    }
    for (const { value } of records) {
      try {
        this.#bytes += value?.length ?? 0;
        each(decodeMetadataRecord(value ?? Buffer.alloc(0)));
      } catch (cause) {
        const where = `__cluster_metadata-0: ${(cause as Error).message}`;
        throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', where, { cause });
      }
    }
  }

  /** Whether so many bytes of records have come since the last snapshot that a new one is worth its while. */
  isSnapshotDue(bytesMax: number): boolean {
    return this.#snapshots !== undefined && this.#bytes >= bytesMax;
  }

  /** Writes down what all records so far come to; the log before goes with the next append. */
  async snapshot(records: readonly MetadataRecord[], timestampMs: number): Promise<void> {
    const id = { endOffset: this.#log.endOffset, epoch: this.#leaderEpoch };
    await this.#snapshots?.save(encodeSnapshot(id, { records, quorum: this.#quorum.records, timestampMs }));
    this.#bytes = 0;
    this.#replacedTo = id.endOffset;
    this.#log.roll();
  }

  /** The level of the quorum's own protocol, as the log says. */
  get kraftVersion(): number {
    return this.#quorum.kraftVersion;
  }

  /** Opens the epoch in which all that follows is appended, as a Raft leader does. */
  async open(leader: Pick<Voter, 'id' | 'directoryId'>, leaderEpoch: number): Promise<void> {
    this.#leaderEpoch = leaderEpoch;
    await this.#append({ leaderEpoch, isControl: true, records: [leaderChangeRecord(leader, this.kraftVersion)] });
  }

  /** Raises the level of the quorum's own protocol, and writes down who is in the quorum. */
  async upgradeQuorum(kraftVersion: number, voters: readonly Voter[]): Promise<void> {
    const records = quorumRecords(kraftVersion, voters);
    await this.#append({ leaderEpoch: this.#leaderEpoch, isControl: true, records });
    this.#quorum.replay(records);
  }

  /** Appends records that take effect together: one batch, or a transaction of several. Calls `replay` for each once it is durable. */
  async append(records: readonly MetadataRecord[], replay: (record: MetadataRecord) => void): Promise<void> {
    let written = records;
    let batches = splitIntoBatches(records.map(encodeMetadataRecord), batchBytesMax);
    if (batches.length > 1) {
      written = inTransaction('Large change', records);
      batches = splitIntoBatches(written.map(encodeMetadataRecord), batchBytesMax);
    }
    for (const values of batches) {
      const pairs = values.map((value) => ({ key: null, value }));
      await this.#append({ leaderEpoch: this.#leaderEpoch, isControl: false, records: pairs });
    }
    for (const record of written) replay(record);
  }

  /** The first append behind a snapshot makes its segment durable; only then may those before it go. */
  async #append(batch: MetadataBatch): Promise<void> {
    await this.#log.append(batch);
    for (const { value } of batch.records) this.#bytes += value?.length ?? 0;
    if (this.#log.startOffset < this.#replacedTo) this.#log.deleteBefore(this.#replacedTo);
  }
}
