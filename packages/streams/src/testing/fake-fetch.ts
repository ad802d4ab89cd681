import type { FetchedPartition, TopicPartition } from '@nagare/client';
import type { RawRecord } from '../record.ts';

/** What a fetch brings of one partition: these records, the offset behind them, and those of the partition's first record and end. */
export function fetchedPartition(
  at: TopicPartition,
  records: readonly RawRecord[],
  { start, next, end }: { readonly start: number; readonly next: number; readonly end: number },
): FetchedPartition {
  return {
    ...at,
    highWatermark: end,
    lastStableOffset: end,
    logStartOffset: start,
    nextOffset: next,
    byteLength: 0,
    records: () => {
      let index = -1;
      const current = () => records[index] as RawRecord;
      return {
        next: () => {
          index += 1;
          return index < records.length;
        },
        get offset() {
          return current().offset;
        },
        get timestamp() {
          return current().timestamp;
        },
        get key() {
          return current().key;
        },
        get value() {
          return current().value;
        },
        get headers() {
          return current().headers;
        },
      };
    },
  };
}
