import { replaceMethod } from '@nagare/base/sim';
import { ClassicGroup } from '../core/group/classic-group.ts';
import { OffsetStore } from '../core/group/offset-store.ts';
import type { Turn } from '../core/shard.ts';
import type { TxnMetadata } from '../core/transaction/txn-metadata.ts';
import { TxnShard } from '../core/transaction/txn-shard.ts';
import { PartitionHost } from '../host/partition-host.ts';
import { PartitionRecordLog } from '../host/partition-record-log.ts';

/** Bugs of the coordinators of transactions and of groups. */
export const coordinatorBugs = {
  /** A coordinator answers, and acts on what it decided, before its log has kept it. */
  'decided-before-kept': () =>
    replaceMethod(
      PartitionRecordLog.prototype,
      'append',
      (append) =>
        async function (this: PartitionRecordLog, records) {
          append.call(this, records).catch(() => {});
        },
    ),
  /** After a restart nobody writes the markers of what was decided before. */
  'markers-not-retried': () => {
    const asked = new WeakSet<TxnShard>();
    return replaceMethod(
      TxnShard.prototype,
      'decisions',
      (decisions) =>
        function (this: TxnShard, turn) {
          const step = decisions.call(this, turn);
          if (asked.has(this)) return step;
          asked.add(this);
          return { ...step, answers: step.answers.map((answer) => ({ ...answer, response: [] })) };
        },
    );
  },
  /** A transaction counts as complete before the partitions have kept its markers. */
  'marker-not-awaited': () =>
    replaceMethod(
      PartitionHost.prototype,
      'writeMarker',
      () =>
        async function (this: PartitionHost, marker) {
          return this.appendMarker(marker);
        },
    ),
  /** Whoever asks for the end of a transaction ends the one that is open. */
  'end-ignores-epoch': () =>
    replaceMethod(
      TxnShard.prototype,
      'end',
      (end) =>
        function (this: TxnShard, event, turn) {
          return end.call(this, { ...event, ...producerOf(this, event.transactionalId, turn) }, turn);
        },
    ),
  /** Transactions of producers that are gone stay open. */
  'timeouts-not-enforced': () =>
    replaceMethod(
      TxnShard.prototype,
      'abortTimedOut',
      () =>
        function (this: TxnShard, _ids, turn) {
          const response = { aborted: [], idsWanted: 0 };
          return { records: [], answers: [{ ticket: turn.ticket, response }], wakeAtMs: Number.POSITIVE_INFINITY };
        },
    ),
  /** Offsets of a transaction count at once, however it ends. */
  'offsets-applied-when-staged': () =>
    replaceMethod(
      OffsetStore.prototype,
      'set',
      (set) =>
        function (this: OffsetStore, { producer, ...record }) {
          set.call(this, record);
        },
    ),
  /** Offsets of a transaction count when it ends, even by an abort. */
  'aborted-offsets-applied': () =>
    replaceMethod(
      OffsetStore.prototype,
      'end',
      (end) =>
        function (this: OffsetStore, ended) {
          end.call(this, { ...ended, isCommit: true });
        },
    ),
  /** Who asks for stable offsets gets those that a transaction is about to change. */
  'unstable-offsets-told': () => replaceMethod(OffsetStore.prototype, 'isStaged', () => () => false),
  /** Members of an older generation commit. */
  'generation-not-checked': () => replaceMethod(ClassicGroup.prototype, 'checkCommit', () => () => 'NONE'),
} as const;

function producerOf(shard: TxnShard, transactionalId: string, turn: Turn) {
  const known = shard.describe(transactionalId, turn).answers[0]?.response as TxnMetadata | undefined;
  if (known === undefined) return {};
  return { producerId: known.producerId, producerEpoch: known.producerEpoch };
}
