import type { LogConfig } from '../log-config.ts';
import { offsetEntryBytes } from '../offset-index.ts';
import { relativeOffsetMax, type Segment } from '../segment.ts';
import { timeEntryBytes } from '../time-index.ts';

type GroupLimits = Pick<LogConfig, 'segmentBytes' | 'segmentIndexBytes' | 'indexIntervalBytes'>;

/**
 * Cuts closed segments into groups, each of which becomes one segment: what compaction leaves of them must fit into it, and
 * its offsets into the 32 bits that indexes have for them.
 *
 * @param endOffset - Where the last of the segments ends.
 */
export function groupSegments(segments: readonly Segment[], endOffset: number, limits: GroupLimits): Segment[][] {
  const groups: Segment[][] = [];
  let bytes = 0;
  for (const [index, segment] of segments.entries()) {
    const group = groups.at(-1);
    const lastOffset = (segments[index + 1]?.baseOffset ?? endOffset) - 1;
    bytes += segment.sizeBytes;
    const fits =
      group !== undefined &&
      bytes <= limits.segmentBytes &&
      indexBytes(bytes, limits) <= limits.segmentIndexBytes &&
      lastOffset - group[0]!.baseOffset <= relativeOffsetMax;
    if (fits) {
      group.push(segment);
    } else {
      groups.push([segment]);
      bytes = segment.sizeBytes;
    }
  }
  return groups;
}

/** The most that the larger of the indexes of so many bytes takes. */
function indexBytes(bytes: number, { indexIntervalBytes }: GroupLimits): number {
  const entryBytes = Math.max(offsetEntryBytes, timeEntryBytes);
  return Math.ceil(bytes / (indexIntervalBytes + 1)) * entryBytes;
}
