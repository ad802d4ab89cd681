import { compressionCodec, isControl, lastOffset, prepareCompression, recordCount } from '@nagare/protocol';
import type { EndedTxn } from '../../core/partition/open-transactions.ts';
import type { ProducerState } from '../../core/partition/producer-state.ts';
import { inflatedBytesMax } from '../../core/partition/validate-records.ts';
import type { LogConfig } from '../log-config.ts';
import type { LogFiles } from '../log-files.ts';
import { openRecords } from '../open-records.ts';
import type { Segment } from '../segment.ts';
import type { Tail } from '../tail.ts';
import { type CleanRound, cleanBatch } from './clean-batch.ts';
import type { CleanableRange } from './cleanable-range.ts';
import { CleanedSegment } from './cleaned-segment.ts';
import { CleanedTransactions } from './cleaned-transactions.ts';
import { groupSegments } from './group-segments.ts';
import { KeyOffsets } from './key-offsets.ts';
import { sourceBatches } from './source-batches.ts';

/** Records that are looked at before others get their turn: some milliseconds. */
const turnRecordsMax = 2000;

/** How a round of compaction runs beside everything else. */
export interface CompactionOptions {
  readonly nowMs: number;
  /** Bounds the memory for the keys of a round. What does not fit is left for the next. */
  readonly keyBytesMax: number;
  /** Lets others run, after each slice of work. */
  readonly pause: () => Promise<void>;
  /** Asked after each pause: whether to give up. */
  readonly isStopped: () => boolean;
}

/** The parts of a log that compaction works on. */
export interface CompactionTarget {
  readonly config: LogConfig;
  /** As they are now; the log changes them while it runs. */
  readonly segments: readonly Segment[];
  readonly tail: Tail;
  readonly files: LogFiles | undefined;
  readonly producers: ProducerState;
  /** Whether the log has lost its end since: what is read then may be anything. */
  isStale(): boolean;
  /** The transactions that were aborted and have something in a range. */
  abortedIn(fromOffset: number, toOffset: number): readonly EndedTxn[] | Promise<readonly EndedTxn[]>;
  /** Puts a segment in the place of others; false when the log has changed so that it does not fit any more. */
  replace(replaced: readonly Segment[], cleaned: CleanedSegment): boolean;
}

/** What a round has done. */
export interface CompactionResult {
  /** Everything below is clean. */
  readonly endOffset: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** Compacts one log once. The result is undefined when the round was given up; what it has replaced stays so. */
export async function compactLog(
  target: CompactionTarget,
  range: CleanableRange,
  options: CompactionOptions,
): Promise<CompactionResult | undefined> {
  const compaction = new Compaction(target, range, options);
  try {
    return await compaction.run();
  } catch (error) {
    // What retention or a truncation took away meanwhile cannot be read, and need not.
    if (compaction.hasLostSources) return undefined;
    throw error;
  }
}

/** Segments that become one, where the last of them ends, and how. */
interface CleaningSource {
  readonly group: readonly Segment[];
  readonly endOffset: number;
  readonly round: CleanRound;
}

class Compaction {
  readonly #target: CompactionTarget;
  readonly #range: CleanableRange;
  readonly #options: CompactionOptions;
  readonly #keys: KeyOffsets;
  /** What is still to be read. */
  #sources: readonly Segment[] = [];
  #recordsInTurn = 0;
  #bytesBefore = 0;
  #bytesAfter = 0;

  constructor(target: CompactionTarget, range: CleanableRange, options: CompactionOptions) {
    this.#target = target;
    this.#range = range;
    this.#options = options;
    this.#keys = new KeyOffsets(options.keyBytesMax);
  }

  /** Whether the log has given up something that the round has not come to. */
  get hasLostSources(): boolean {
    return this.#target.isStale() || this.#sources.some((segment) => segment.files?.isDropped === true);
  }

  async run(): Promise<CompactionResult | undefined> {
    const { target, upTo } = { target: this.#target, upTo: this.#range.firstUncleanableOffset };
    await target.files?.written();
    const sources = target.segments.filter(({ baseOffset }) => baseOffset < upTo);
    if (sources.length === 0) return undefined;
    this.#sources = sources;
    const endOffset = await this.#mapKeys(sources);
    if (endOffset === undefined) return undefined;
    const cleaned = sources.filter(({ baseOffset }) => baseOffset < endOffset);
    const round: CleanRound = {
      ...{ keys: this.#keys, endOffset, producers: target.producers },
      ...{ nowMs: this.#options.nowMs, deleteRetentionMs: target.config.deleteRetentionMs },
      inflatedBytesMax: inflatedBytesMax(target.config),
      transactions: new CleanedTransactions(await target.abortedIn(sources[0]!.baseOffset, upTo)),
    };
    const end = endAfter(sources, cleaned.at(-1)!, upTo);
    for (const group of groupSegments(cleaned, end, target.config)) {
      if (!(await this.#cleanGroup(group, endAfter(sources, group.at(-1)!, upTo), round))) return undefined;
    }
    return { endOffset, bytesBefore: this.#bytesBefore, bytesAfter: this.#bytesAfter };
  }

  /** Takes in the newest offsets of the keys that no round has seen. Returns up to where they fitted. */
  async #mapKeys(sources: readonly Segment[]): Promise<number | undefined> {
    const { firstDirtyOffset, firstUncleanableOffset: upTo } = this.#range;
    const transactions = new CleanedTransactions(await this.#target.abortedIn(firstDirtyOffset, upTo));
    let endOffset = firstDirtyOffset;
    for (const segment of sources) {
      const end = endAfter(sources, segment, upTo);
      if (end <= firstDirtyOffset) continue;
      for await (const batches of sourceBatches(segment, this.#target.tail, end)) {
        for (const batch of batches) {
          if (lastOffset(batch) < firstDirtyOffset) continue;
          if (this.#keys.isFull) return endOffset;
          if (isControl(batch)) transactions.endAt(batch);
          else if (!transactions.isAborted(batch)) this.#mapBatch(batch, firstDirtyOffset);
          endOffset = lastOffset(batch) + 1;
          if (this.#isTurnOver(batch) && (await this.#isGivenUp())) return undefined;
        }
        if (await this.#isGivenUp()) return undefined;
      }
      endOffset = end;
    }
    return endOffset;
  }

  #mapBatch(batch: Buffer, from: number): void {
    const reader = openRecords(batch, inflatedBytesMax(this.#target.config));
    while (reader?.next()) {
      const key = reader.key();
      if (key !== null && reader.offset >= from) this.#keys.set(key, reader.offset);
    }
  }

  /** Writes what stays of a group of segments, and lets it take their place. */
  async #cleanGroup(group: readonly Segment[], endOffset: number, round: CleanRound): Promise<boolean> {
    const { config, files } = this.#target;
    const cleaned = new CleanedSegment({
      baseOffset: group[0]!.baseOffset,
      createdMs: group.at(-1)!.createdMs,
      indexIntervalBytes: config.indexIntervalBytes,
      files,
    });
    const outcome = await this.#prepare(cleaned, { group, endOffset, round });
    if (outcome !== 'ready') return outcome === 'unchanged';
    if (!this.#target.replace(group, cleaned)) {
      await cleaned.discard();
      return false;
    }
    // From here on the files are the log's.
    this.#sources = this.#sources.filter((segment) => !group.includes(segment));
    await files?.written();
    return true;
  }

  /** Makes the segment that is to take the place of a group. What it has made is gone unless that is needed. */
  async #prepare(cleaned: CleanedSegment, source: CleaningSource): Promise<'ready' | 'unchanged' | 'given-up'> {
    const { group } = source;
    try {
      await cleaned.begin();
      const changes = await this.#fill(cleaned, source);
      if (changes !== undefined) this.#count(group, cleaned);
      if (changes === undefined || (!changes && group.length === 1)) {
        await cleaned.discard();
        return changes === undefined ? 'given-up' : 'unchanged';
      }
      await cleaned.finish();
      return 'ready';
    } catch (error) {
      await cleaned.discard().catch(() => {});
      throw error;
    }
  }

  #count(group: readonly Segment[], { segment }: CleanedSegment): void {
    this.#bytesBefore += group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#bytesAfter += segment.sizeBytes;
  }

  /** Returns whether anything is other than before; undefined when the round is given up. */
  async #fill(cleaned: CleanedSegment, { group, endOffset, round }: CleaningSource): Promise<boolean | undefined> {
    let changes = false;
    for (const segment of group) {
      const end = endAfter(group, segment, endOffset);
      for await (const batches of sourceBatches(segment, this.#target.tail, end)) {
        if (batches.some((batch) => compressionCodec(batch) === 'zstd')) await prepareCompression(['zstd']);
        for (const batch of batches) {
          // So that no segment ends before the next begins: a start takes such a gap for a loss.
          const mustStay = lastOffset(batch) + 1 === endOffset;
          const left = cleanBatch(batch, round, mustStay);
          if (left.batch !== undefined) cleaned.add(left.batch);
          if (left.aborted !== undefined) cleaned.segment.aborted!.append(left.aborted);
          changes ||= left.batch !== batch;
          if (this.#isTurnOver(batch) && (await this.#isGivenUp())) return undefined;
        }
        await cleaned.flush();
        if (await this.#isGivenUp()) return undefined;
      }
    }
    return changes;
  }

  /** Counts a batch that was dealt with. However few bytes it has, its records may be many. */
  #isTurnOver(batch: Buffer): boolean {
    this.#recordsInTurn += recordCount(batch);
    return this.#recordsInTurn >= turnRecordsMax;
  }

  async #isGivenUp(): Promise<boolean> {
    this.#recordsInTurn = 0;
    await this.#options.pause();
    return this.#options.isStopped() || this.#target.isStale() || this.#target.files?.failure !== undefined;
  }
}

/** Where a segment ends: where the next one begins. */
function endAfter(segments: readonly Segment[], segment: Segment, endOfLast: number): number {
  return segments[segments.indexOf(segment) + 1]?.baseOffset ?? endOfLast;
}
