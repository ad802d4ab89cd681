import type { LogConfig } from './log-config.ts';
import type { Segment } from './segment.ts';

/** What retention is decided by. */
export interface RetentionView {
  readonly config: LogConfig;
  readonly nowMs: number;
  /** Nothing at or behind the high watermark may go. */
  readonly upTo: number;
  readonly endOffset: number;
}

/** How many of the first segments are too old, or too much. All of them: then the active one must be rolled first. */
export function expiredSegments(segments: readonly Segment[], view: RetentionView): number {
  const { cleanupPolicy, retentionMs, retentionBytes } = view.config;
  if (!cleanupPolicy.includes('delete')) return 0;
  const totalBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  let excessBytes = retentionBytes < 0 ? -1 : totalBytes - retentionBytes;
  let count = 0;
  for (const [index, segment] of segments.entries()) {
    const endOffset = segments[index + 1]?.baseOffset ?? view.endOffset;
    const isEmptyEnd = index === segments.length - 1 && segment.sizeBytes === 0;
    excessBytes -= segment.sizeBytes;
    const isTooMuch = retentionBytes >= 0 && excessBytes >= 0;
    const isTooOld = retentionMs >= 0 && view.nowMs - lastChangeMs(segment) > retentionMs;
    if (isEmptyEnd || endOffset > view.upTo || (!isTooMuch && !isTooOld)) break;
    count += 1;
  }
  return count;
}

/** Batches without timestamps are as old as their segment. */
function lastChangeMs(segment: Segment): number {
  return segment.maxTimestampMs >= 0 ? segment.maxTimestampMs : segment.createdMs;
}
