import { codecOf, Reader, type StoredRecord, storedRecords, Writer, zeroUuid } from '@nagare/protocol';
import type { EndpointImage } from '../core/controller/image.ts';
import type { StoredPair } from '../core/shard.ts';

/** The types of control records in the metadata log and its snapshots. */
const types = { leaderChange: 2, snapshotHeader: 3, snapshotFooter: 4, kraftVersion: 5, voters: 6 } as const;

/** A replica of the metadata log that takes part in elections. */
export interface Voter {
  readonly id: number;
  readonly directoryId: string;
  readonly endpoints: readonly EndpointImage[];
}

function pair(type: number, schema: unknown, version: number, fields: object): StoredPair {
  const key = Buffer.alloc(4);
  key.writeInt16BE(type, 2);
  const writer = new Writer();
  codecOf(schema as StoredRecord, version).write(writer, { version, ...fields } as never);
  return { key, value: writer.toBuffer() };
}

/** Opens the epoch of a leader who is the only voter. */
export function leaderChangeRecord({ id, directoryId }: Omit<Voter, 'endpoints'>, kraftVersion: number): StoredPair {
  const self = [{ voterId: id, voterDirectoryId: kraftVersion > 0 ? directoryId : zeroUuid }];
  const fields = { leaderId: id, voters: self, grantingVoters: self };
  return pair(types.leaderChange, storedRecords.leaderChangeMessage, kraftVersion > 0 ? 1 : 0, fields);
}

export function snapshotHeader(lastContainedLogTimestamp: number): StoredPair {
  return pair(types.snapshotHeader, storedRecords.snapshotHeaderRecord, 0, { lastContainedLogTimestamp });
}

export function snapshotFooter(): StoredPair {
  return pair(types.snapshotFooter, storedRecords.snapshotFooterRecord, 0, {});
}

/** The level of the quorum's own protocol, and who is in the quorum: from level 1 on the log says so (KIP-853). */
export function quorumRecords(kRaftVersion: number, voters: readonly Voter[]): StoredPair[] {
  return [
    pair(types.kraftVersion, storedRecords.kraftVersionRecord, 0, { kRaftVersion }),
    pair(types.voters, storedRecords.votersRecord, 0, {
      voters: voters.map(({ id, directoryId, endpoints }) => ({
        ...{ voterId: id, voterDirectoryId: directoryId, endpoints },
        kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
      })),
    }),
  ];
}

/** What the control records of a log say of its quorum. */
export class QuorumFacts {
  kraftVersion = 0;
  /** The records of {@link quorumRecords} that count, for the next snapshot. */
  #records: StoredPair[] = [];

  get records(): readonly StoredPair[] {
    return this.#records;
  }

  replay(records: readonly StoredPair[]): void {
    for (const record of records) {
      const type = record.key?.readInt16BE(2);
      if (type !== types.kraftVersion && type !== types.voters) continue;
      this.#records = [...this.#records.filter(({ key }) => key?.readInt16BE(2) !== type), record];
      if (type === types.voters || record.value === null) continue;
      this.kraftVersion = codecOf(storedRecords.kraftVersionRecord, 0).read(new Reader(record.value)).kRaftVersion;
    }
  }
}
