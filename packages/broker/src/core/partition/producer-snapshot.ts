import { crc32c } from '@nagare/base';
import { Reader, Writer } from '@nagare/protocol';
import { type ProducerEntry, sequenceAfter } from './producer-entry.ts';

const snapshotVersion = 1;
/** The checksum stands behind the version and covers what follows it. */
const entriesAt = 6;
const entryBytes = 46;

/** Kafka's producer snapshot: of each producer its last batch. */
export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>): Buffer {
  const all = [...entries];
  const writer = new Writer(entriesAt + 4 + all.length * entryBytes);
  writer.int16(snapshotVersion);
  writer.uint32(0);
  writer.int32(all.length);
  for (const entry of all) writeEntry(writer, entry);
  const bytes = writer.toBuffer();
  bytes.writeUInt32BE(crc32c(bytes, entriesAt), entriesAt - 4);
  return bytes;
}

/** The entries of a snapshot, or undefined when its bytes are not what was written. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < entriesAt + 4 || bytes.readInt16BE(0) !== snapshotVersion) return undefined;
  if (bytes.readUInt32BE(entriesAt - 4) !== crc32c(bytes, entriesAt)) return undefined;
  const reader = new Reader(bytes, entriesAt);
  const count = reader.int32();
  if (count < 0 || reader.remaining !== count * entryBytes) return undefined;
  return Array.from({ length: count }, () => readEntry(reader));
}

function writeEntry(writer: Writer, entry: ProducerEntry): void {
  const last = entry.batches.at(-1);
  writer.int64(entry.producerId);
  writer.int16(entry.epoch);
  writer.int32(last?.lastSequence ?? -1);
  writer.int64(last?.lastOffset ?? -1);
  writer.int32(last === undefined ? 0 : last.lastOffset - last.baseOffset);
  writer.int64(entry.lastTimestampMs);
  writer.int32(entry.coordinatorEpoch);
  writer.int64(entry.currentTxnFirstOffset);
}

function readEntry(reader: Reader): ProducerEntry {
  const producerId = reader.int64();
  const epoch = reader.int16();
  const lastSequence = reader.int32();
  const lastOffset = reader.int64();
  const offsetDelta = reader.int32();
  const lastTimestampMs = reader.int64();
  const last = {
    baseSequence: lastSequence < 0 ? -1 : sequenceAfter(lastSequence + 2 ** 31, -offsetDelta),
    lastSequence,
    baseOffset: lastOffset - offsetDelta,
    lastOffset,
    timestampMs: lastTimestampMs,
  };
  return {
    producerId,
    epoch,
    batches: lastOffset < 0 ? [] : [last],
    lastTimestampMs,
    coordinatorEpoch: reader.int32(),
    currentTxnFirstOffset: reader.int64(),
    idleSinceMs: -1,
  };
}
