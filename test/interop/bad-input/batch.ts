import {
  type BatchOptions,
  encodeBatch,
  prepareCompression,
  type RecordDraft,
  sealCrc,
  writeInt64,
} from '@nagare/protocol';

// The tables are made when they are imported.
await prepareCompression(['zstd']);

/** The time of every record of these tables; their topics keep what is that old. */
export const timestamp = 1_700_000_000_000;

/** A batch of so many records. */
export function batch(count = 1, options: BatchOptions = {}, record: Partial<RecordDraft> = {}): Buffer {
  const drafts = Array.from({ length: count }, (_, index) => ({
    ...{ timestamp, key: Buffer.from(`k${index}`), value: Buffer.from('value') },
    ...record,
  }));
  return encodeBatch(options, drafts);
}

/** The fields of a batch's header, by the bytes that they have and where they are. */
const fields = {
  baseOffset: [8, 0],
  length: [4, 8],
  leaderEpoch: [4, 12],
  magic: [1, 16],
  crc: [4, 17],
  attributes: [2, 21],
  lastOffsetDelta: [4, 23],
  baseTimestamp: [8, 27],
  maxTimestamp: [8, 35],
  producerId: [8, 43],
  producerEpoch: [2, 51],
  baseSequence: [4, 53],
  count: [4, 57],
} as const;

/** A batch whose header says something else than what it has, under a checksum that is right. */
export function lying(changes: Partial<Record<keyof typeof fields, number>>, of: Buffer = batch()): Buffer {
  const changed = Buffer.from(of);
  const { length, crc, ...rest } = changes;
  for (const [name, value] of Object.entries(rest)) write(changed, name as keyof typeof fields, value);
  sealCrc(changed);
  if (length !== undefined) write(changed, 'length', length);
  if (crc !== undefined) write(changed, 'crc', crc);
  return changed;
}

function write(buffer: Buffer, name: keyof typeof fields, value: number): void {
  const [bytes, at] = fields[name];
  if (bytes === 8) writeInt64(buffer, value, at);
  else buffer.writeIntBE(value, at, bytes);
}

/** A batch with other bytes where its records are, under a checksum that is right. */
export function withRecords(records: Buffer, of: Buffer = batch()): Buffer {
  const changed = Buffer.concat([of.subarray(0, 61), records]);
  changed.writeInt32BE(changed.length - 12, 8);
  sealCrc(changed);
  return changed;
}
