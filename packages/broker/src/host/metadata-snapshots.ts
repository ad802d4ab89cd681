import { type Disk, replaceFile } from '@nagare/base';
import { BatchBuilder, isCrcValid, setBaseOffset, setPartitionLeaderEpoch, splitBatches } from '@nagare/protocol';
import { encodeMetadataRecord, type MetadataRecord, splitIntoBatches } from '../core/controller/records.ts';
import type { StoredPair } from '../core/shard.ts';
import { BrokerError } from '../errors.ts';
import { snapshotFooter, snapshotHeader } from './quorum-records.ts';

/** The place in the metadata log that a snapshot stands for. */
export interface SnapshotId {
  /** The offset after the last record that it replaces. */
  readonly endOffset: number;
  /** The leader epoch of that record. */
  readonly epoch: number;
}

export interface MetadataSnapshot extends SnapshotId {
  /** Whole batches, the control batches that open and close it among them. */
  readonly batches: readonly Buffer[];
}

/** Where snapshots are kept: the newest is what counts. */
export interface MetadataSnapshots {
  /** @throws {BrokerError} `NAGARE_BROKER_LOG_CORRUPT` when it is damaged. */
  latest(): Promise<MetadataSnapshot | undefined>;
  /** Resolves when no crash can undo it. Older ones go. */
  save(snapshot: MetadataSnapshot): Promise<void>;
}

/** Bytes of records in a batch of a snapshot, as in Kafka. */
const batchBytesMax = 8 * 1024 * 1024;

/** What stands in a snapshot. */
export interface SnapshotContent {
  readonly records: readonly MetadataRecord[];
  /** What the log's control records say of the quorum. */
  readonly quorum: readonly StoredPair[];
  readonly timestampMs: number;
}

/** Puts records into the form of Kafka's snapshots: header, records and footer, in batches with offsets from 0. */
export function encodeSnapshot(id: SnapshotId, { records, quorum, timestampMs }: SnapshotContent): MetadataSnapshot {
  const batches: Buffer[] = [];
  let nextOffset = 0;
  const add = (isControl: boolean, pairs: readonly StoredPair[]) => {
    const builder = new BatchBuilder({ isControl });
    for (const { key, value } of pairs) builder.append({ timestamp: timestampMs, key, value });
    const batch = builder.build();
    setBaseOffset(batch, nextOffset);
    setPartitionLeaderEpoch(batch, id.epoch);
    nextOffset += pairs.length;
    batches.push(batch);
  };
  add(true, [snapshotHeader(timestampMs), ...quorum]);
  for (const values of splitIntoBatches(records.map(encodeMetadataRecord), batchBytesMax)) {
    add(
      false,
      values.map((value) => ({ key: null, value })),
    );
  }
  add(true, [snapshotFooter()]);
  return { ...id, batches };
}

/** Snapshots beside the segments of the metadata log, in files with Kafka's names. */
export function snapshotFiles(disk: Disk, directory: string): MetadataSnapshots {
  const ids = async () => (await disk.list(directory)).flatMap((name) => parseSnapshotName(name) ?? []);
  return {
    async latest() {
      const id = (await ids()).at(-1);
      if (id === undefined) return undefined;
      const path = `${directory}/${formatSnapshotName(id)}`;
      const batches = splitBatches(await disk.readFile(path));
      const isWhole = batches.length > 0 && batches.every((batch) => isCrcValid(batch));
      if (!isWhole) throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', path);
      return { ...id, batches };
    },
    async save({ batches, ...id }) {
      const older = (await ids()).filter(({ endOffset }) => endOffset < id.endOffset);
      await replaceFile(disk, `${directory}/${formatSnapshotName(id)}`, Buffer.concat(batches));
      for (const each of older) await disk.remove(`${directory}/${formatSnapshotName(each)}`);
    },
  };
}

/** `00000000000000000042-0000000007.checkpoint`: names stand in the order of offsets. */
export function formatSnapshotName({ endOffset, epoch }: SnapshotId): string {
  return `${String(endOffset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`;
}

export function parseSnapshotName(name: string): SnapshotId | undefined {
  const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name);
  return match === null ? undefined : { endOffset: Number(match[1]), epoch: Number(match[2]) };
}
