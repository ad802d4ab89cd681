import { type Disk, DiskError, type DiskLock, directoryOf, type Random } from '@nagare/base';
import { BrokerError } from '../errors.ts';
import { formatOffsets, type PartitionOffsets, parseOffsets, partitionKey } from './checkpoint.ts';
import { Log } from './log.ts';
import type { LogConfig } from './log-config.ts';
import { claimDirectory, type MetaProperties, type Ownership } from './meta-properties.ts';
import { deletedFolderOf, folderOf, isDeletedFolder, type PartitionName, partitionIn } from './partition-folder.ts';
import { parsePartitionMetadata, partitionMetadataName } from './partition-metadata.ts';
import { readText, writeText } from './small-files.ts';
import type { TailBudget } from './tail-budget.ts';

export interface LogDirOptions extends Ownership {
  readonly disk: Disk;
  readonly path: string;
  readonly random: Random;
  readonly tailBudget?: TailBudget;
}

/** A partition's log to open. */
export interface LogPlace extends PartitionName {
  readonly topicId: string;
  readonly config: LogConfig;
  readonly nowMs: number;
}

const cleanShutdownName = '.kafka_cleanshutdown';
const checkpointNames = {
  recoveryPoints: 'recovery-point-offset-checkpoint',
  startOffsets: 'log-start-offset-checkpoint',
  highWatermarks: 'replication-offset-checkpoint',
  cleanedOffsets: 'cleaner-offset-checkpoint',
} as const;
/** How many logs are closed at once. */
const closingMax = 16;

type Checkpoints = Record<keyof typeof checkpointNames, Map<string, number>>;

/** What a start finds in a directory that belongs to this broker. */
interface Found {
  readonly meta: MetaProperties;
  readonly lock: DiskLock;
  readonly partitions: readonly PartitionName[];
  readonly wasCleanShutdown: boolean;
  readonly checkpoints: Checkpoints;
}

/** A data directory in Kafka's layout: a folder for each partition, and what is kept for all of them together. */
export class LogDir {
  readonly path: string;
  readonly meta: MetaProperties;
  /** The partitions that had a folder at start. */
  readonly partitions: readonly PartitionName[];
  /** Whether the last user of the directory closed it. */
  readonly wasCleanShutdown: boolean;
  readonly #disk: Disk;
  readonly #random: Random;
  readonly #tailBudget: TailBudget | undefined;
  readonly #lock: DiskLock;
  readonly #atStart: Checkpoints;
  readonly #logs = new Map<string, Log>();
  /** The partitions that had a folder at start, and that nobody has opened or taken away since. */
  readonly #unopened: Set<string>;
  /** One at a time: they write the same files. */
  #checkpointing: Promise<void> = Promise.resolve();
  /** Whether there is anything to say in the checkpoint of compaction. */
  #hasCleaned: boolean;
  /** Folders of deleted partitions, with the time of their removal. */
  readonly #graveyard: { readonly path: string; readonly dueMs: number }[] = [];

  private constructor(options: LogDirOptions, found: Found) {
    this.path = options.path;
    this.#disk = options.disk;
    this.#random = options.random;
    this.#tailBudget = options.tailBudget;
    this.meta = found.meta;
    this.partitions = found.partitions;
    this.wasCleanShutdown = found.wasCleanShutdown;
    this.#lock = found.lock;
    this.#atStart = found.checkpoints;
    this.#hasCleaned = found.checkpoints.cleanedOffsets.size > 0;
    this.#unopened = new Set(found.partitions.map(({ topic, partition }) => partitionKey(topic, partition)));
  }

  /**
   * Takes a directory for this process, made when it is missing.
   *
   * @throws {BrokerError} NAGARE_BROKER_DIRECTORY_LOCKED, NAGARE_BROKER_DIRECTORY_NOT_WRITABLE, NAGARE_BROKER_DIRECTORY_FOREIGN,
   * NAGARE_BROKER_NODE_ID_MISMATCH or NAGARE_BROKER_CLUSTER_ID_MISMATCH.
   */
  static async open(options: LogDirOptions): Promise<LogDir> {
    const lock = await takeDirectory(options);
    try {
      return new LogDir(options, await settle(options, lock));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The high watermark of a partition as it was written down last, or 0. */
  highWatermark({ topic, partition }: PartitionName): number {
    return this.#atStart.highWatermarks.get(partitionKey(topic, partition)) ?? 0;
  }

  /**
   * Opens the log of a partition, which may be new. A folder that an older topic of that name has left is taken away
   * first.
   */
  async openLog({ topic, partition, topicId, config, nowMs }: LogPlace): Promise<Log> {
    const key = partitionKey(topic, partition);
    const storedId = await this.#storedTopicId({ topic, partition });
    if (storedId !== undefined && storedId !== topicId) {
      await this.#takeAway({ topic, partition }, nowMs);
      this.#forget(key);
    }
    const log = await Log.open({
      disk: this.#disk,
      directory: `${this.path}/${folderOf({ topic, partition })}`,
      topicId,
      config,
      nowMs,
      wasCleanShutdown: this.wasCleanShutdown,
      recoveryPoint: this.#atStart.recoveryPoints.get(key) ?? 0,
      startOffset: this.#atStart.startOffsets.get(key) ?? 0,
      cleanedOffset: this.#atStart.cleanedOffsets.get(key) ?? 0,
      ...(this.#tailBudget === undefined ? {} : { tailBudget: this.#tailBudget }),
    });
    this.#logs.set(key, log);
    this.#unopened.delete(key);
    return log;
  }

  /** Takes a partition away. Its bytes go when `fileDeleteDelayMs` has passed, at the next {@link removeDue}. */
  async deleteLog(name: PartitionName, nowMs: number): Promise<void> {
    const key = partitionKey(name.topic, name.partition);
    const log = this.#logs.get(key);
    this.#logs.delete(key);
    this.#unopened.delete(key);
    this.#forget(key);
    await log?.abandon();
    await this.#takeAway(name, nowMs + (log?.config.fileDeleteDelayMs ?? 0));
  }

  /** What was known of a partition is not true of one that gets its name. */
  #forget(key: string): void {
    for (const offsets of Object.values(this.#atStart)) offsets.delete(key);
  }

  async #takeAway(name: PartitionName, dueMs: number): Promise<void> {
    const from = `${this.path}/${folderOf(name)}`;
    if ((await this.#disk.stat(from)) === undefined) return;
    const to = `${this.path}/${deletedFolderOf(name, this.#random.bytes(16).toString('hex'))}`;
    await this.#disk.rename(from, to);
    await this.#disk.syncDirectory(this.path);
    this.#graveyard.push({ path: to, dueMs });
  }

  async #storedTopicId(name: PartitionName): Promise<string | undefined> {
    const text = await readText(this.#disk, `${this.path}/${folderOf(name)}/${partitionMetadataName}`);
    return text === undefined ? undefined : parsePartitionMetadata(text);
  }

  /** Removes the folders of partitions that were deleted some time ago. */
  async removeDue(nowMs: number): Promise<void> {
    const due = this.#graveyard.filter(({ dueMs }) => dueMs <= nowMs);
    for (const grave of due) {
      this.#graveyard.splice(this.#graveyard.indexOf(grave), 1);
      await this.#disk.removeDirectory(grave.path);
    }
  }

  /** Writes down how far the logs have come. `highWatermarks` are those of the partitions that have one. */
  checkpoint(highWatermarks: PartitionOffsets): Promise<void> {
    this.#checkpointing = this.#checkpointing.catch(() => {}).then(() => this.#checkpoint(highWatermarks));
    return this.#checkpointing;
  }

  async #checkpoint(highWatermarks: PartitionOffsets): Promise<void> {
    const logs = [...this.#logs];
    await this.#write('recoveryPoints', new Map(logs.map(([key, log]) => [key, log.recoveryPoint])));
    await this.#write('startOffsets', new Map(logs.map(([key, log]) => [key, log.startOffset])));
    await this.#write('highWatermarks', highWatermarks);
    const cleaned = logs.filter(([, { compaction }]) => compaction.cleanedOffset > 0);
    this.#hasCleaned ||= cleaned.length > 0;
    if (!this.#hasCleaned) return;
    await this.#write('cleanedOffsets', new Map(cleaned.map(([key, log]) => [key, log.compaction.cleanedOffset])));
  }

  /** Writes a checkpoint. What was known of logs that were not opened stays known. */
  #write(which: keyof Checkpoints, offsets: PartitionOffsets): Promise<void> {
    const all = new Map(offsets);
    for (const key of this.#unopened) {
      const known = this.#atStart[which].get(key);
      if (known !== undefined) all.set(key, known);
    }
    return writeText(this.#disk, `${this.path}/${checkpointNames[which]}`, formatOffsets(all));
  }

  /**
   * Closes every log and lets go of the directory. The marker of a clean shutdown is left only if all logs are whole:
   * those, too, that a start which failed has not come to.
   */
  async close(highWatermarks: PartitionOffsets): Promise<void> {
    try {
      if (await this.#closeLogs()) {
        await this.checkpoint(highWatermarks);
        if (this.#unopened.size > 0 && !this.wasCleanShutdown) return;
        await writeText(this.#disk, `${this.path}/${cleanShutdownName}`, '{"version":0,"brokerEpoch":-1}');
      }
    } finally {
      await this.#lock.release();
    }
  }

  async #closeLogs(): Promise<boolean> {
    let isClean = true;
    const rest = this.#logs.values();
    const closeRest = async () => {
      for (const log of rest) {
        try {
          await log.close();
        } catch {
          isClean = false;
          await log.abandon().catch(() => {});
        }
      }
    };
    await Promise.all(Array.from({ length: closingMax }, closeRest));
    return isClean;
  }
}

async function takeDirectory({ disk, path }: LogDirOptions): Promise<DiskLock> {
  try {
    await disk.makeDirectory(path);
    await disk.syncDirectory(directoryOf(path));
    return await disk.lock(`${path}/.lock`);
  } catch (cause) {
    const isLocked = cause instanceof DiskError && cause.code === 'EEXIST' && cause.path.endsWith('.lock');
    const code = isLocked ? 'NAGARE_BROKER_DIRECTORY_LOCKED' : 'NAGARE_BROKER_DIRECTORY_NOT_WRITABLE';
    throw new BrokerError(code, path, { cause });
  }
}

/** Reads what is known of all logs. The marker of a clean shutdown goes first, durably: it is true for one start. */
async function settle(options: LogDirOptions, lock: DiskLock): Promise<Found> {
  const { disk, path } = options;
  const meta = await claimDirectory(disk, path, options);
  const checkpoints = {
    recoveryPoints: await readOffsets(disk, `${path}/${checkpointNames.recoveryPoints}`),
    startOffsets: await readOffsets(disk, `${path}/${checkpointNames.startOffsets}`),
    highWatermarks: await readOffsets(disk, `${path}/${checkpointNames.highWatermarks}`),
    cleanedOffsets: await readOffsets(disk, `${path}/${checkpointNames.cleanedOffsets}`),
  };
  const names = await disk.list(path);
  const wasCleanShutdown = names.includes(cleanShutdownName);
  if (wasCleanShutdown) {
    await disk.remove(`${path}/${cleanShutdownName}`);
    await disk.syncDirectory(path);
  }
  for (const name of names.filter(isDeletedFolder)) await disk.removeDirectory(`${path}/${name}`);
  const partitions = names.flatMap((name) => partitionIn(name) ?? []);
  return { meta, lock, partitions, wasCleanShutdown, checkpoints };
}

async function readOffsets(disk: Disk, path: string): Promise<Map<string, number>> {
  return parseOffsets((await readText(disk, path)) ?? '');
}
