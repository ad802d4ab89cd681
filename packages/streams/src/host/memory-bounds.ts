const kib = 1024;
const mib = 1024 * kib;

/**
 * What a running application may hold in memory beside V8's heap and LevelDB's buffers, each in bytes.
 *
 * They are less than the client's own defaults: records pass through at once, so more of them under way would only be held for
 * longer. Changes of stores have a setting of their own, `statestore.uncommitted.max.bytes`, and so have record caches.
 */
export const memoryBounds = Object.freeze({
  /** Fetched and not yet given to tasks, and how much of it one request may bring: of all partitions, and of one. */
  input: Object.freeze({ prefetchBytesMax: 2 * mib, fetchBytesMax: 2 * mib, partitionFetchBytesMax: 128 * kib }),
  /** Given to tasks at a time, where each record is an object of its own. */
  poll: 512 * kib,
  /** Written and not yet acknowledged. */
  output: 8 * mib,
  /** Rows of stores on disk that are kept for reading, those of all tasks together. */
  reads: 16 * mib,
});
