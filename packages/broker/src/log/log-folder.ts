import type { Disk } from '@nagare/base';
import { lastOffset } from '@nagare/protocol';
import { BrokerError } from '../errors.ts';
import { scanBatches } from './batch-scan.ts';
import { parsePartitionMetadata, partitionMetadataName } from './partition-metadata.ts';
import { cleanedSuffix, deletedSuffix, SegmentFiles, segmentExtensions, stemOf, swapSuffix } from './segment-files.ts';
import { readText } from './small-files.ts';

/** What a log's folder holds. */
export interface LogFolder {
  /** Whether `partition.metadata` is there: without it the folder counts as new. */
  readonly isThere: boolean;
  /** Of the segments, rising. */
  readonly baseOffsets: readonly number[];
  /** The offsets of the producer snapshots with their paths, rising. */
  readonly snapshots: Map<number, string>;
}

const temporarySuffix = '.tmp';

/** Finds the files of a log, after removing those that an interrupted deletion or compaction has left. */
export async function findLogFiles(disk: Disk, directory: string, topicId: string): Promise<LogFolder> {
  if ((await disk.stat(directory)) === undefined) return { isThere: false, baseOffsets: [], snapshots: new Map() };
  const metadata = await readText(disk, `${directory}/${partitionMetadataName}`);
  const storedId = metadata === undefined ? undefined : parsePartitionMetadata(metadata);
  if (storedId !== undefined && storedId !== topicId) {
    throw new BrokerError('NAGARE_BROKER_LOG_CORRUPT', `${directory} is of topic id ${storedId}, not ${topicId}`);
  }
  const names = await settleNames(disk, directory);
  const baseOffsets = offsetsOf(names, '.log');
  await removeOrphans(disk, directory, names, new Set(baseOffsets));
  return { isThere: storedId !== undefined, baseOffsets, snapshots: snapshotsIn(directory, names) };
}

/** The producer snapshots in a folder. */
export async function listSnapshots(disk: Disk, directory: string): Promise<Map<number, string>> {
  return snapshotsIn(directory, await disk.list(directory));
}

function snapshotsIn(directory: string, names: readonly string[]): Map<number, string> {
  const offsets = offsetsOf(names, '.snapshot');
  return new Map(offsets.map((offset) => [offset, `${directory}/${stemOf(offset)}.snapshot`]));
}

/** Removes what was on its way out and finishes the swaps that were ready. Returns the names that are there then. */
async function settleNames(disk: Disk, directory: string): Promise<string[]> {
  const names = await disk.list(directory);
  const cleaned = names.filter((name) => name.endsWith(cleanedSuffix));
  const cleanedFrom = Math.min(...cleaned.map(offsetIn));
  const swaps = names.filter((name) => name.endsWith(swapSuffix));
  // A segment of which a file still has the suffix of cleaning was not ready: what it was to replace is all there.
  const invalid = swaps.filter((name) => offsetIn(name) >= cleanedFrom);
  const gone = names.filter((name) => name.endsWith(deletedSuffix) || name.endsWith(temporarySuffix));
  for (const name of [...gone, ...invalid, ...cleaned]) await disk.remove(`${directory}/${name}`);
  const ready = swaps.filter((name) => !invalid.includes(name));
  await finishSwaps(disk, directory, { names, ready });
  const hasChanged = gone.length + cleaned.length + swaps.length > 0;
  if (!hasChanged) return names;
  await disk.syncDirectory(directory);
  return disk.list(directory);
}

/** Takes away what compacted segments replace, as far as it is still there, and gives them their names. */
async function finishSwaps(
  disk: Disk,
  directory: string,
  { names, ready }: { readonly names: readonly string[]; readonly ready: readonly string[] },
): Promise<void> {
  const isLog = (name: string) => name.endsWith(`.log${swapSuffix}`);
  for (const name of ready.filter(isLog)) {
    const from = offsetIn(name);
    const to = await endOfSwap(disk, directory, from);
    const isReplaced = (each: string) => isSegmentFile(each) && offsetIn(each) >= from && offsetIn(each) < to;
    for (const old of names.filter(isReplaced)) await disk.remove(`${directory}/${old}`);
  }
  // As long as the log lacks its own name this begins again; the others can follow at any time.
  for (const name of [...ready.filter(isLog), ...ready.filter((each) => !isLog(each))]) {
    await disk.rename(`${directory}/${name}`, `${directory}/${name.slice(0, -swapSuffix.length)}`);
  }
}

function isSegmentFile(name: string): boolean {
  return segmentExtensions.some((extension) => name.endsWith(extension));
}

/** Where a compacted segment ends that has not got its name yet. */
async function endOfSwap(disk: Disk, directory: string, baseOffset: number): Promise<number> {
  const files = new SegmentFiles(disk, directory, { baseOffset, writtenBytes: 0, isThere: true, suffix: swapSuffix });
  files.writtenBytes = (await disk.stat(files.logPath))?.bytes ?? 0;
  const indexes = await files.loadIndexes();
  const from = indexes?.offsets.last()?.position ?? 0;
  let endOffset = baseOffset;
  try {
    await scanBatches(files, { from, to: files.writtenBytes }, (buffer, at) => {
      endOffset = lastOffset(buffer, at) + 1;
      return true;
    });
  } finally {
    await files.close();
  }
  return endOffset;
}

/** Indexes without their log are of no use. */
async function removeOrphans(
  disk: Disk,
  directory: string,
  names: readonly string[],
  baseOffsets: ReadonlySet<number>,
): Promise<void> {
  for (const name of names) {
    const isIndex = /\.(?:time|txn)?index$/.test(name);
    if (isIndex && !baseOffsets.has(offsetIn(name))) await disk.remove(`${directory}/${name}`);
  }
}

function offsetsOf(names: readonly string[], extension: string): number[] {
  return names
    .filter((name) => /^\d{20}\.[a-z]+$/.test(name) && name.endsWith(extension))
    .map(offsetIn)
    .sort((a, b) => a - b);
}

function offsetIn(name: string): number {
  return Number.parseInt(name, 10);
}
