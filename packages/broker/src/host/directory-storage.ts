import type { Disk, Log as Events, Platform } from '@nagare/base';
import type { BrokerSettings } from '../config/broker-settings.ts';
import { BrokerError } from '../errors.ts';
import type { PartitionOffsets } from '../log/checkpoint.ts';
import { LogDir } from '../log/log-dir.ts';
import { folderOf } from '../log/partition-folder.ts';
import { parsePartitionMetadata, partitionMetadataName } from '../log/partition-metadata.ts';
import { SharedRun } from '../log/shared-run.ts';
import { readText } from '../log/small-files.ts';
import { TailBudget } from '../log/tail-budget.ts';
import { type BrokerStorage, metadataPartition } from './broker-host.ts';
import type { LogStore } from './log-store.ts';
import { snapshotFiles } from './metadata-snapshots.ts';
import { quorumStateFile } from './quorum-state.ts';
import { randomUuid } from './random-uuid.ts';

/** Bytes of recent batches that all logs together keep in memory for readers at the end. */
const tailBytesMax = 256 * 1024 * 1024;

export interface DirectoryStorageOptions {
  readonly directory: string;
  readonly settings: BrokerSettings;
  readonly platform: Platform;
  readonly events: Events;
}

/** State in a data directory of Kafka's layout, which is locked until the store is closed. */
export async function openDirectoryStorage(options: DirectoryStorageOptions): Promise<BrokerStorage> {
  const { directory, settings, platform, events } = options;
  const { disk, random, clock } = platform;
  const logDir = await LogDir.open({
    disk,
    path: directory,
    random,
    nodeId: settings.nodeId,
    clusterId: settings.nagareClusterId ?? undefined,
    newClusterId: randomUuid(random),
    newDirectoryId: randomUuid(random),
    tailBudget: new TailBudget(tailBytesMax),
  });
  const metadataFolder = `${directory}/${folderOf(metadataPartition)}`;
  try {
    await disk.makeDirectory(metadataFolder);
    await disk.syncDirectory(directory);
  } catch (cause) {
    await logDir.close(new Map()).catch(() => {});
    throw new BrokerError('NAGARE_BROKER_DIRECTORY_NOT_WRITABLE', directory, { cause });
  }
  events.info('storage.opened', { directory, wasCleanShutdown: logDir.wasCleanShutdown });
  return {
    clusterId: logDir.meta.clusterId,
    directoryId: logDir.meta.directoryId,
    directory,
    durability: settings.nagareDurability,
    logs: directoryLogStore(logDir, { disk, nowMs: () => clock.nowMs(), events }),
    snapshots: snapshotFiles(disk, metadataFolder),
    quorumState: quorumStateFile(disk, `${metadataFolder}/quorum-state`),
  };
}

function directoryLogStore(
  logDir: LogDir,
  { disk, nowMs, events }: { readonly disk: Disk; readonly nowMs: () => number; readonly events: Events },
): LogStore {
  let told: PartitionOffsets = new Map();
  // Checkpoints are files that replace each other, and each takes syncs: who asks while one is written shares the next.
  const tending = new SharedRun(async () => {
    await logDir.removeDue(nowMs());
    await logDir.checkpoint(told);
  });
  return {
    async removeStrays(topicIdOf) {
      for (const name of logDir.partitions) {
        if (name.topic === metadataPartition.topic) continue;
        const text = await readText(disk, `${logDir.path}/${folderOf(name)}/${partitionMetadataName}`);
        const topicId = text === undefined ? undefined : parsePartitionMetadata(text);
        const wanted = topicIdOf(name.topic, name.partition);
        // A folder without its id was being made when the process died; its log tells whether it is the topic's.
        if (wanted !== undefined && (topicId === undefined || topicId === wanted)) continue;
        events.warn('log.stray-removed', { ...name, topicId });
        await logDir.deleteLog(name, nowMs());
      }
    },
    async open(place) {
      const log = await logDir.openLog({ ...place, nowMs: nowMs() });
      if (log.loss !== undefined) events.warn('log.recovered', { ...place, loss: log.loss });
      return log;
    },
    remove: (name) => logDir.deleteLog(name, nowMs()),
    tend(highWatermarks) {
      told = highWatermarks;
      return tending.request();
    },
    async close(highWatermarks) {
      await tending.ended();
      await logDir.close(highWatermarks);
    },
  };
}
