/** What a running application may take, and can be told anew while it runs. */
export interface MemoryLimits {
  /** Of the record caches of all its tasks; it has none when it started with 0. */
  readonly cacheBytesMax: number;
  /** Of store changes that wait for a commit. */
  readonly uncommittedBytesMax: number;
}
