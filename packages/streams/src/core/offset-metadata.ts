import { readInt64, writeInt64 } from '@nagare/serdes';

/** What is committed beside an offset: the times that a task goes on from. */
export interface OffsetMetadata {
  /** The largest timestamp of the partition, or -1. */
  readonly partitionTimeMs: number;
  /** The observed times of nodes, by their names. */
  readonly nodeTimesMs: ReadonlyMap<string, number>;
}

const magic = 2;
const headBytes = 9;
const nothing: OffsetMetadata = Object.freeze({ partitionTimeMs: -1, nodeTimesMs: new Map() });

/** Writes the metadata as Kafka Streams does: base64 of a version, the partition's time, and a map of node times. */
export function encodeOffsetMetadata({ partitionTimeMs, nodeTimesMs }: OffsetMetadata): string {
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(magic);
  writeInt64(head, partitionTimeMs, 1);
  if (nodeTimesMs.size === 0) return head.toString('base64');
  const count = Buffer.alloc(4);
  count.writeInt32BE(nodeTimesMs.size);
  return Buffer.concat([head, count, ...[...nodeTimesMs].map(encodeNodeTime)]).toString('base64');
}

function encodeNodeTime([node, timeMs]: [string, number]): Buffer {
  const name = Buffer.from(node);
  const entry = Buffer.alloc(4 + name.length + 8);
  entry.writeInt32BE(name.length);
  name.copy(entry, 4);
  writeInt64(entry, timeMs, 4 + name.length);
  return entry;
}

/** Reads the metadata. What is not understood counts as nothing, as it does in Kafka Streams. */
export function decodeOffsetMetadata(text: string): OffsetMetadata {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < headBytes || (bytes[0] !== 1 && bytes[0] !== magic)) return nothing;
  const nodeTimesMs = bytes[0] === magic ? decodeNodeTimes(bytes) : new Map<string, number>();
  return nodeTimesMs === undefined ? nothing : { partitionTimeMs: readInt64(bytes, 1), nodeTimesMs };
}

function decodeNodeTimes(bytes: Buffer): Map<string, number> | undefined {
  const times = new Map<string, number>();
  if (bytes.length === headBytes) return times;
  if (bytes.length < headBytes + 4) return undefined;
  let at = headBytes + 4;
  for (let left = bytes.readInt32BE(headBytes); left > 0; left -= 1) {
    if (bytes.length < at + 4) return undefined;
    const nameBytes = bytes.readInt32BE(at);
    if (nameBytes < 0 || bytes.length < at + 4 + nameBytes + 8) return undefined;
    times.set(bytes.toString('utf8', at + 4, at + 4 + nameBytes), readInt64(bytes, at + 4 + nameBytes));
    at += 4 + nameBytes + 8;
  }
  return times;
}
