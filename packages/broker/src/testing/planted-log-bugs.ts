import type { Disk } from '@nagare/base';
import { replaceGetter, replaceMethod } from '@nagare/base/sim';
import { Partition } from '../core/partition/partition.ts';
import { ProducerState } from '../core/partition/producer-state.ts';
import { CleanedTransactions } from '../log/compaction/cleaned-transactions.ts';
import { KeyOffsets } from '../log/compaction/key-offsets.ts';
import { Log } from '../log/log.ts';
import { LogDir } from '../log/log-dir.ts';
import { SegmentFiles } from '../log/segment-files.ts';

/** Bugs of logs, of what partitions know of producers, and of compaction. */
export const logBugs = {
  /** A retry is appended again, and a gap is not noticed. */
  'no-deduplication': () => replaceMethod(ProducerState.prototype, 'check', () => () => ({ kind: 'accept' })),
  /** A start knows no producers but those whose batches it reads again. */
  'producers-forgotten-at-start': () =>
    replaceMethod(
      ProducerState.prototype,
      'restore',
      (restore) =>
        function (this: ProducerState, _entries, endOffset) {
          restore.call(this, [], endOffset);
        },
    ),
  /** An acknowledgement says that the operating system has the records, and not the disk. */
  'acknowledged-before-sync': acknowledgeBeforeSync,
  /** Readers of committed records get the first record of an open transaction. */
  'stable-offset-off-by-one': () =>
    replaceGetter(Partition.prototype, 'lastStableOffset', (partition, stable) =>
      Math.min(stable() + 1, partition.highWatermark),
    ),
  /** Readers of committed records are not told what was aborted. */
  'aborted-transactions-not-told': () => replaceMethod(Log.prototype, 'abortedTransactions', () => () => []),
  /** A sync that failed counts as done. */
  'sync-error-ignored': () =>
    replaceMethod(
      SegmentFiles.prototype,
      'sync',
      (sync) =>
        function (this: SegmentFiles) {
          return sync.call(this).catch(() => {});
        },
    ),
  /** Recovery takes what memory holds for what the disk holds. */
  'recovered-not-written-again': () => replaceMethod(SegmentFiles.prototype, 'writeAgain', () => async () => {}),
  /** After a write that failed the log goes on behind it. */
  'write-error-ignored': () =>
    replaceMethod(
      SegmentFiles.prototype,
      'append',
      (append) =>
        async function (this: SegmentFiles, chunks, position) {
          await append.call(this, chunks, position).catch(() => {});
        },
    ),
  /** Names of new files are not made durable. */
  'no-folder-sync': () => changeDisk((disk) => ({ syncDirectory: async (path) => void (await disk.stat(path)) })),
  /** The marker of a clean shutdown outlives the start that believed it. */
  'clean-shutdown-marker-kept': () =>
    changeDisk((disk) => ({
      remove: (path) => (path.endsWith('.kafka_cleanshutdown') ? Promise.resolve() : disk.remove(path)),
    })),
  /** Compaction takes the ends of transactions away while their records are there. */
  'compaction-drops-markers': () =>
    replaceMethod(CleanedTransactions.prototype, 'endAt', () => () => ({ isOfNothing: true })),
  /** Compaction forgets which transactions were aborted. */
  'compaction-keeps-aborted': () =>
    replaceMethod(
      CleanedTransactions.prototype,
      'isAborted',
      (isAborted) =>
        function (this: CleanedTransactions, batch) {
          isAborted.call(this, batch);
          return false;
        },
    ),
  /** Compaction takes the newest record of a key for an old one. */
  'compaction-drops-newest': () =>
    replaceMethod(
      KeyOffsets.prototype,
      'get',
      (get) =>
        function (this: KeyOffsets, key) {
          const offset = get.call(this, key);
          return offset === undefined ? undefined : offset + 1;
        },
    ),
} as const;

function acknowledgeBeforeSync(): () => void {
  const takeOut = [
    replaceGetter(Log.prototype, 'recoveryPoint', (log) => log.writtenOffset),
    replaceMethod(
      Log.prototype,
      'synced',
      () =>
        function (this: Log) {
          return this.written();
        },
    ),
  ];
  return () => {
    for (const each of takeOut) each();
  };
}

/** Opens data directories on a disk some of whose operations do something else. */
function changeDisk(change: (disk: Disk) => Partial<Disk>): () => void {
  return replaceMethod(
    LogDir,
    'open',
    (open) =>
      function (this: typeof LogDir, options) {
        const { disk } = options;
        const changed = new Proxy(disk, {
          get: (_, name) => {
            const member = Reflect.get({ ...change(disk) }, name) ?? Reflect.get(disk, name, disk);
            return typeof member === 'function' ? member.bind(disk) : member;
          },
        });
        return open.call(this, { ...options, disk: changed });
      },
  );
}
