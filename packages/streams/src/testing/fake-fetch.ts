import type { FetchedPartition, TopicPartition } from '@nagare/client';
import type { RawRecord } from '../record.ts';

/** What a fetch brings of one partition: these records, and that there are no others. */
export function fetchedPartition(at: TopicPartition, records: readonly RawRecord[], end: number): FetchedPartition {
  return {
    ...at,
    highWatermark: end,
    lastStableOffset: end,
    logStartOffset: 0,
    nextOffset: end,
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
