import type { Disk } from '@nagare/base';
import { BrokerError } from '../errors.ts';
import { parsePartitionMetadata, partitionMetadataName } from './partition-metadata.ts';
import { deletedSuffix, stemOf } from './segment-files.ts';
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

const swapSuffix = '.swap';
const cleanedSuffix = '.cleaned';
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
  // A swap at or above a file that was still being cleaned belongs to a split that did not come to its end.
  const invalid = swaps.filter((name) => offsetIn(name) >= cleanedFrom);
  const gone = names.filter((name) => name.endsWith(deletedSuffix) || name.endsWith(temporarySuffix));
  for (const name of [...gone, ...invalid, ...cleaned]) await disk.remove(`${directory}/${name}`);
  for (const name of swaps) {
    if (invalid.includes(name)) continue;
    await disk.rename(`${directory}/${name}`, `${directory}/${name.slice(0, -swapSuffix.length)}`);
  }
  const hasChanged = gone.length + cleaned.length + swaps.length > 0;
  if (!hasChanged) return names;
  await disk.syncDirectory(directory);
  return disk.list(directory);
}

/** Indexes without their log are of no use. */
async function removeOrphans(
  disk: Disk,
  directory: string,
  names: readonly string[],
  baseOffsets: ReadonlySet<number>,
): Promise<void> {
  for (const name of names) {
    const isIndex = name.endsWith('.index') || name.endsWith('.timeindex');
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
