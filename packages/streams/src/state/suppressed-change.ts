import { readInt64, writeInt64 } from '@nagare/serdes';
import type { Header } from '../record.ts';

/** A change that waits, as bytes, with where it came from. */
export interface SuppressedChange {
  /** The row that was last sent, as far as it is known. */
  readonly prior: Buffer | null;
  readonly old: Buffer | null;
  readonly now: Buffer | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The time by which it is ordered. */
  readonly bufferTime: number;
}

/** What changelog records of the buffer carry: the version of their form. */
export const suppressHeaders: readonly Header[] = Object.freeze([{ key: 'v', value: Buffer.from([3]) }]);

const isNull = -1;
const isPrior = -2;

/** Kafka's form: time, offset, topic, partition and headers, then the three values, then the time of the order. */
export function encodeSuppressed(change: SuppressedChange): Buffer {
  const { prior, old, now, topic, headers } = change;
  const isSame = old !== null && prior !== null && old.equals(prior);
  return Buffer.concat([
    int64(change.timestamp),
    int64(change.offset),
    sized(Buffer.from(topic)),
    int32(change.partition),
    int32(headers.length),
    ...headers.flatMap(({ key, value }) => [sized(Buffer.from(key)), sized(value)]),
    sized(prior),
    isSame ? int32(isPrior) : sized(old),
    sized(now),
    int64(change.bufferTime),
  ]);
}

/** Reads Kafka's form. */
export function decodeSuppressed(bytes: Buffer): SuppressedChange {
  let at = 16;
  const next32 = () => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const nextSized = (length = next32()) => {
    if (length === isNull) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
  const topic = String(nextSized());
  const partition = next32();
  const headers = Array.from({ length: next32() }, () => ({ key: String(nextSized()), value: nextSized() }));
  const prior = nextSized();
  const oldLength = next32();
  const old = oldLength === isPrior ? prior : nextSized(oldLength);
  const now = nextSized();
  const place = { topic, partition, offset: readInt64(bytes, 8), bufferTime: readInt64(bytes, at) };
  return { ...place, timestamp: readInt64(bytes), headers, prior, old, now };
}

/** What a change counts for against a buffer's bytes, as Kafka Streams counts. */
export function suppressedBytes(key: Buffer, { prior, old, now, topic, headers }: SuppressedChange): number {
  const isSame = old !== null && prior !== null && old.equals(prior);
  const headerBytes = headers.reduce((sum, { key: name, value }) => sum + name.length + (value?.length ?? 0), 0);
  const values = (prior?.length ?? 0) + (isSame ? 0 : (old?.length ?? 0)) + (now?.length ?? 0);
  return 8 + key.length + values + 8 + 8 + topic.length + 4 + headerBytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeInt64(bytes, value);
  return bytes;
}

function sized(bytes: Buffer | null): Buffer {
  return bytes === null ? int32(isNull) : Buffer.concat([int32(bytes.length), bytes]);
}
