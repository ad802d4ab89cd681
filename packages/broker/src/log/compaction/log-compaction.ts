import type { ProducerState } from '../../core/partition/producer-state.ts';
import { collectAborted } from '../aborted-transactions.ts';
import type { LogConfig } from '../log-config.ts';
import type { LogFiles } from '../log-files.ts';
import type { SegmentReader } from '../log-reader.ts';
import type { Segment } from '../segment.ts';
import type { Tail } from '../tail.ts';
import type { TailBudget } from '../tail-budget.ts';
import { type CleanableRange, cleanableRange } from './cleanable-range.ts';
import type { CleanedSegment } from './cleaned-segment.ts';
import { type CompactionOptions, type CompactionResult, type CompactionTarget, compactLog } from './compact-log.ts';

/** What compaction must see of its log. */
export interface CompactableLog {
  readonly config: LogConfig;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly producers: ProducerState;
  evictOldest(): number;
}

/** What it changes in it. */
export interface CompactableParts {
  /** Those of the log, which come and go. */
  readonly segments: Segment[];
  readonly tail: Tail;
  readonly tailBudget?: TailBudget | undefined;
  readonly files: LogFiles | undefined;
  readonly reader: SegmentReader;
  /** Where the last round had come to. Default: 0. */
  readonly cleanedOffset?: number | undefined;
}

/** The compaction of one log. */
export class LogCompaction {
  readonly #log: CompactableLog;
  readonly #parts: CompactableParts;
  #cleanedOffset: number;
  /** Counts what makes a round that is under way useless. */
  #truncations = 0;

  constructor(log: CompactableLog, parts: CompactableParts) {
    this.#log = log;
    this.#parts = parts;
    this.#cleanedOffset = parts.cleanedOffset ?? 0;
  }

  /** A round has seen everything below. */
  get cleanedOffset(): number {
    return this.#cleanedOffset;
  }

  /** What should be compacted now, if anything. Nothing at or behind `lastStableOffset` is touched. */
  cleanable(options: { readonly lastStableOffset: number; readonly nowMs: number }): CleanableRange | undefined {
    const { config, startOffset, endOffset } = this.#log;
    const cleanedOffset = this.#cleanedOffset;
    return cleanableRange({
      ...options,
      config,
      segments: this.#parts.segments,
      startOffset,
      endOffset,
      cleanedOffset,
    });
  }

  /**
   * Compacts what {@link cleanable} gave: of each key the newest record stays. Appends and reads go on meanwhile.
   *
   * @returns undefined when the round was given up, because it was told to or the log lost a part that it was at.
   * @throws {BrokerError} NAGARE_BROKER_LOG_CORRUPT, when a batch is damaged.
   */
  async run(range: CleanableRange, options: CompactionOptions): Promise<CompactionResult | undefined> {
    const truncations = this.#truncations;
    const result = await compactLog(this.#target(options.nowMs), range, options);
    if (result !== undefined && truncations === this.#truncations) this.#cleanedOffset = result.endOffset;
    return result;
  }

  /** Notes that the log is about to lose its end. */
  truncating(offset: number): void {
    this.#truncations += 1;
    this.#cleanedOffset = Math.min(this.#cleanedOffset, offset);
  }

  #target(nowMs: number): CompactionTarget {
    const { config, producers } = this.#log;
    const { segments, tail, files, reader } = this.#parts;
    const truncations = this.#truncations;
    const isStale = () => truncations !== this.#truncations;
    return {
      ...{ config, producers, segments, tail, files, isStale },
      abortedIn: (fromOffset, toOffset) => collectAborted(segments, reader, { fromOffset, toOffset }),
      replace: (replaced, cleaned) => !isStale() && this.#replace(replaced, cleaned, nowMs),
    };
  }

  #replace(replaced: readonly Segment[], { segment, batches }: CleanedSegment, nowMs: number): boolean {
    const { segments, tail, files } = this.#parts;
    const at = segments.indexOf(replaced[0]!);
    if (at < 0 || files?.failure !== undefined) return false;
    segments.splice(at, replaced.length, segment);
    const endOffset = segments[at + 1]!.baseOffset;
    if (files === undefined) {
      tail.replace({ from: segment.baseOffset, to: endOffset }, batches);
      return true;
    }
    this.#forgetBefore(endOffset);
    const old = replaced.map((each) => each.files!);
    files.swap({ cleaned: segment, replaced: old, dueMs: nowMs + this.#log.config.fileDeleteDelayMs });
    return true;
  }

  /** What is gone must not be read from memory either: the index of aborted transactions may not know it any more. */
  #forgetBefore(offset: number): void {
    const { tail, tailBudget } = this.#parts;
    while (tail.firstOffset < offset) {
      const freed = this.#log.evictOldest();
      if (freed === 0) return;
      tailBudget?.shrank(freed);
    }
  }
}
