import type { MemoryLimits } from '../host/memory-limits.ts';

/** What each of several threads may take of what all may. What is limited at all stays so: nobody gets nothing of something. */
export function shareOf({ cacheBytesMax, uncommittedBytesMax }: MemoryLimits, threads: number): MemoryLimits {
  const share = (bytes: number) => Math.max(Math.min(bytes, 1), Math.floor(bytes / Math.max(1, threads)));
  return { cacheBytesMax: share(cacheBytesMax), uncommittedBytesMax: share(uncommittedBytesMax) };
}
