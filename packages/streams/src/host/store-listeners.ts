import type { Log } from '@nagare/base';

/** A store of a task, and the partition of the changelog that backs it. */
export interface StoreChangelog {
  readonly taskId: string;
  readonly store: string;
  readonly topic: string;
  readonly partition: number;
}

/**
 * Told how stores of tasks that are to run get back what they lack of their changelogs. Stores that lack nothing are not told of.
 *
 * It is called between two rounds of the tasks, so it should be quick. What it throws is logged.
 */
export interface StateRestoreListener {
  /** A store begins at `startOffset`, and is complete when it has all before `endOffset`. */
  onRestoreStart?(changelog: StoreChangelog & { readonly startOffset: number; readonly endOffset: number }): void;
  /** Records have been taken in, up to and with `batchEndOffset`. */
  onBatchRestored?(changelog: StoreChangelog & { readonly batchEndOffset: number; readonly numRestored: number }): void;
  /** A store is complete. */
  onRestoreEnd?(changelog: StoreChangelog & { readonly totalRestored: number }): void;
  /** The task has gone, or the store has to begin anew, before it was complete. */
  onRestoreSuspended?(changelog: StoreChangelog & { readonly totalRestored: number }): void;
}

/**
 * Told how stores of standbys follow their changelogs (KIP-988).
 *
 * It is called between two rounds of the tasks, so it should be quick. What it throws is logged.
 */
export interface StandbyUpdateListener {
  /** A store begins to follow its changelog, at `startingOffset`. */
  onUpdateStart?(changelog: StoreChangelog & { readonly startingOffset: number }): void;
  /** Records have been taken in, up to and with `batchEndOffset`; the changelog ends before `currentEndOffset`. */
  onBatchLoaded?(
    changelog: StoreChangelog & {
      readonly batchEndOffset: number;
      readonly batchSize: number;
      readonly currentEndOffset: number;
    },
  ): void;
  /** A store follows its changelog no more: its task is to run here, or somebody else keeps the standby. */
  onUpdateSuspended?(
    changelog: StoreChangelog & { readonly storeOffset: number; readonly reason: 'promoted' | 'migrated' },
  ): void;
}

/** Calls a listener. What it fails with is its own matter: stores go on. */
export function tell(log: Log, call: () => void): void {
  try {
    call();
  } catch (error) {
    log.warn('streams.listener-failed', { error });
  }
}
