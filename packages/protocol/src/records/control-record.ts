import { ProtocolError } from '../protocol-error.ts';
import { batchSize, noSequence, producerEpoch, producerId, setPartitionLeaderEpoch } from './batch-header.ts';
import { RecordReader } from './record-reader.ts';
import { encodeBatch } from './record-writer.ts';

/** What a control record says, in the order of the ids in its key. */
export const controlTypes = [
  'abort',
  'commit',
  'leader-change',
  'snapshot-header',
  'snapshot-footer',
  'kraft-version',
  'kraft-voters',
] as const;

export type ControlType = (typeof controlTypes)[number];

const keyBytes = 4;
const endTxnValueBytes = 6;

/** The key of a control record: a version, always 0, and the type. */
export function encodeControlKey(type: ControlType): Buffer {
  const key = Buffer.alloc(keyBytes);
  key.writeInt16BE(controlTypes.indexOf(type), 2);
  return key;
}

/** Reads the type from the key of a control record; `unknown` for types of newer versions, which readers must skip. */
export function readControlType(key: Buffer | null): ControlType | 'unknown' {
  if (key === null || key.length < keyBytes) throw new ProtocolError('corrupt', 'A control record has no key');
  if (key.readInt16BE(0) < 0) throw new ProtocolError('corrupt', 'A control record has a negative version');
  return controlTypes[key.readInt16BE(2)] ?? 'unknown';
}

export interface ControlBatch {
  readonly type: ControlType;
  readonly value: Buffer;
  readonly timestamp: number;
  readonly leaderEpoch?: number;
}

/** A control batch of Raft, with one record. */
export function encodeControlBatch({ type, value, timestamp, leaderEpoch = -1 }: ControlBatch): Buffer {
  const batch = encodeBatch({ isControl: true }, [{ timestamp, key: encodeControlKey(type), value }]);
  setPartitionLeaderEpoch(batch, leaderEpoch);
  return batch;
}

export interface EndTxnMarker {
  readonly type: 'commit' | 'abort';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly timestamp: number;
}

/** The control batch that ends a producer's transaction in a partition. */
export function encodeEndTxnMarker(marker: EndTxnMarker): Buffer {
  const { type, producerId, producerEpoch, coordinatorEpoch, timestamp } = marker;
  const value = Buffer.alloc(endTxnValueBytes);
  value.writeInt32BE(coordinatorEpoch, 2);
  return encodeBatch({ isControl: true, isTransactional: true, producerId, producerEpoch, baseSequence: noSequence }, [
    { timestamp, key: encodeControlKey(type), value },
  ]);
}

/** What the control batch at `at` says of a transaction; undefined when it is of another kind, or compaction emptied it. */
export function readEndTxnMarker(buffer: Buffer, at = 0): EndTxnMarker | undefined {
  const reader = new RecordReader(buffer.subarray(at, at + batchSize(buffer, at)));
  if (!reader.next()) return undefined;
  const type = readControlType(reader.key());
  if (type !== 'commit' && type !== 'abort') return undefined;
  return {
    type,
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    coordinatorEpoch: readCoordinatorEpoch(reader.value()),
    timestamp: reader.timestamp,
  };
}

/** Reads the epoch of the coordinator from the value of a `commit` or `abort`. */
export function readCoordinatorEpoch(value: Buffer | null): number {
  if (value === null || value.length < endTxnValueBytes) {
    throw new ProtocolError('corrupt', 'The value of a transaction marker is too short');
  }
  return value.readInt32BE(2);
}
