/** One header of a record. Names may repeat, and their order is kept. */
export interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

/** The headers of a record that has none. */
export const noHeaders: readonly Header[] = Object.freeze([]);

/** A value of a header as callers may write it. */
export type HeaderValue = string | Buffer | null;

/** Headers as callers may write them: an object (a list repeats the name), or entries in order. */
export type HeadersInit =
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>
  | readonly Header[]
  | Iterable<readonly [key: string, value: HeaderValue]>;

function isHeader(entry: Header | readonly [string, HeaderValue]): entry is Header {
  return !Array.isArray(entry);
}

/** The list that {@link HeadersInit} stands for. */
export function headersFrom(init: HeadersInit): readonly Header[] {
  if (Symbol.iterator in init) {
    return Array.from(init as Iterable<Header | readonly [string, HeaderValue]>, (entry) =>
      isHeader(entry) ? entry : { key: entry[0], value: bytesOf(entry[1]) },
    );
  }
  const list: Header[] = [];
  for (const [key, value] of Object.entries(init)) {
    if (value === undefined) continue;
    const values = Array.isArray(value) ? (value as readonly HeaderValue[]) : [value as HeaderValue];
    for (const each of values) list.push({ key, value: bytesOf(each) });
  }
  return list;
}

function bytesOf(value: HeaderValue): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** One partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** An offset of one partition. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}
