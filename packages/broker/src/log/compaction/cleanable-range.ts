import type { LogConfig } from '../log-config.ts';
import type { Segment } from '../segment.ts';

/** What is decided by whether, and from where to where, a log is to be compacted. */
export interface CleanableView {
  readonly config: LogConfig;
  /** All of them; the last is the active one. */
  readonly segments: readonly Segment[];
  readonly startOffset: number;
  readonly endOffset: number;
  /** Where the last round came to. */
  readonly cleanedOffset: number;
  /** Nothing at or behind the first offset of a transaction that is open, or at or behind the high watermark, may go. */
  readonly lastStableOffset: number;
  readonly nowMs: number;
}

/** A stretch of a log that a round of compaction is worth its while for. */
export interface CleanableRange {
  readonly firstDirtyOffset: number;
  /** The start of a segment: all those before it may be compacted. */
  readonly firstUncleanableOffset: number;
  /** The share of what may be compacted that no round has seen. */
  readonly dirtyRatio: number;
}

/** What of a log should be compacted now, or undefined. */
export function cleanableRange(view: CleanableView): CleanableRange | undefined {
  const { config, segments, nowMs } = view;
  if (!config.cleanupPolicy.includes('compact')) return undefined;
  const firstDirtyOffset = firstDirtyOf(view);
  const dirtyFrom = Math.max(0, indexAt(segments, firstDirtyOffset));
  const end = firstUncleanable(view, dirtyFrom);
  if (end <= dirtyFrom) return undefined;
  const dirtyBytes = bytesOf(segments.slice(dirtyFrom, end));
  const dirtyRatio = dirtyBytes / bytesOf(segments.slice(0, end));
  const isDue = segments.slice(dirtyFrom, end).some((segment) => {
    const sinceMs = segment.firstTimestampMs;
    return sinceMs > 0 && sinceMs < nowMs - config.maxCompactionLagMs;
  });
  if (dirtyBytes === 0 || !(isDue || dirtyRatio > config.minCleanableDirtyRatio)) return undefined;
  return { firstDirtyOffset, firstUncleanableOffset: segments[end]!.baseOffset, dirtyRatio };
}

/** The last round is no guide when the log has lost its beginning since, or its end. */
function firstDirtyOf({ cleanedOffset, startOffset, endOffset }: CleanableView): number {
  return cleanedOffset < startOffset || cleanedOffset > endOffset ? startOffset : cleanedOffset;
}

/** The index of the first segment that must stay as it is. */
function firstUncleanable({ config, segments, lastStableOffset, nowMs }: CleanableView, dirtyFrom: number): number {
  const stable = Math.max(0, indexAt(segments, lastStableOffset));
  const end = Math.min(stable, segments.length - 1);
  if (config.minCompactionLagMs <= 0) return end;
  const youngMs = nowMs - config.minCompactionLagMs;
  const young = segments.findIndex((segment, index) => index >= dirtyFrom && segment.maxTimestampMs > youngMs);
  return young < 0 ? end : Math.min(young, end);
}

/** The segment that holds an offset. */
function indexAt(segments: readonly Segment[], offset: number): number {
  return segments.findLastIndex((segment) => segment.baseOffset <= offset);
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
}
