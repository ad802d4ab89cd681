import { codecOf, storedRecords, Writer } from '@nagare/protocol';
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  inTransaction,
  type MetadataRecord,
  splitIntoBatches,
} from '../core/controller/records.ts';
import { BrokerError } from '../errors.ts';
import type { MetadataLog } from './metadata-log.ts';
import type { QuorumState } from './quorum-state.ts';

/** Kafka's bound of a batch of metadata; more records than that go into a transaction. */
const batchBytesMax = 8 * 1024 * 1024;
/** The type of control records that open a leader's epoch. */
const leaderChangeType = 2;

/** Metadata records over a log of bytes: what commits together is written together. */
export class MetadataJournal {
  readonly #log: MetadataLog;
  #leaderEpoch = 0;

  constructor(log: MetadataLog) {
    this.#log = log;
  }

  /**
   * Calls `each` for every record of the log.
   *
   * @returns The greatest leader epoch in the log, 0 when it is empty.
   * @throws {BrokerError} `NAGARE_BROKER_LOG_CORRUPT` when a record cannot be read or applied.
   */
  async replay(each: (record: MetadataRecord) => void): Promise<number> {
    let lastEpoch = 0;
    await this.#log.replay((batch) => {
      lastEpoch = Math.max(lastEpoch, batch.leaderEpoch);
      if (batch.isControl) return;
      for (const { value } of batch.records) {
        try {
          each(decodeMetadataRecord(value ?? Buffer.alloc(0)));
        } catch (cause) {
          const where = `__cluster_metadata-0: ${(cause as Error).message}`;
          throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', where, { cause });
        }
      }
    });
    return lastEpoch;
  }

  /** Opens the epoch in which all that follows is appended, as a Raft leader does. */
  async open({ leaderId, leaderEpoch }: QuorumState): Promise<void> {
    this.#leaderEpoch = leaderEpoch;
    const key = Buffer.alloc(4);
    key.writeInt16BE(leaderChangeType, 2);
    const writer = new Writer();
    const self = [{ voterId: leaderId }];
    codecOf(storedRecords.leaderChangeMessage, 0).write(writer, {
      ...{ version: 0, leaderId, voters: self, grantingVoters: self },
    });
    await this.#log.append({ leaderEpoch, isControl: true, records: [{ key, value: writer.toBuffer() }] });
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
      await this.#log.append({ leaderEpoch: this.#leaderEpoch, isControl: false, records: pairs });
    }
    for (const record of written) replay(record);
  }
}
