import type { ObservedTime } from '../operators/define-operator.ts';
import { type EventTime, TimestampedKeyValueStore } from '../state/key-value-store.ts';
import { BytesStore } from '../state/operator-store.ts';
import { SegmentedSessionStore } from '../state/session-store.ts';
import { VersionedStore } from '../state/versioned-store.ts';
import { type DropCounter, SegmentedWindowStore } from '../state/window-store.ts';
import type { RowBytes } from '../state/write-buffer.ts';
import type { TaskStore } from './task.ts';

/** A store as operators see it. */
export type OpenStore =
  | TimestampedKeyValueStore<unknown, unknown>
  | VersionedStore<unknown, unknown>
  | SegmentedWindowStore<unknown, unknown>
  | SegmentedSessionStore<unknown, unknown>
  | BytesStore;

/** What a store needs of its task. */
export interface StoreOwner extends EventTime, DropCounter {
  observedTime(name: string): ObservedTime;
}

/**
 * Puts Kafka's forms of keys and values in front of a store of bytes.
 *
 * @param rows - Where the rows of tables are read and written. Default: the store's own buffer.
 */
export function openStore(store: TaskStore, owner: StoreOwner, rows: RowBytes = store.buffer): OpenStore {
  const { spec, buffer, changelogTopic: topic } = store;
  switch (spec.kind) {
    case 'key-value':
      return new TimestampedKeyValueStore<unknown, unknown>(spec, rows, { topic, now: owner });
    case 'versioned':
      return new VersionedStore<unknown, unknown>(spec, buffer, { topic, drops: owner });
    case 'window': {
      const observed = storeTime(store, owner);
      const sequence = spec.retainDuplicates ? owner.observedTime(`sequence:${spec.name}`) : { ms: -1 };
      return new SegmentedWindowStore<unknown, unknown>(spec, rows, { topic, observed, sequence, drops: owner });
    }
    case 'session': {
      const observed = storeTime(store, owner);
      return new SegmentedSessionStore<unknown, unknown>(spec, rows, { topic, now: owner, observed });
    }
    case 'bytes':
      return new BytesStore(buffer, { topic, now: owner });
  }
}

/** The time of a store that forgets: what was committed may lack what somebody else has written since. */
function storeTime({ spec, restoredTimeMs = -1 }: TaskStore, owner: StoreOwner): ObservedTime {
  const observed = owner.observedTime(`store:${spec.name}`);
  observed.ms = Math.max(observed.ms, restoredTimeMs);
  return observed;
}

/** What a store is, for errors. */
export function storeKind(store: OpenStore): string {
  if (store instanceof TimestampedKeyValueStore) return 'a key-value store';
  if (store instanceof VersionedStore) return 'a versioned store';
  if (store instanceof SegmentedWindowStore) return 'a window store';
  if (store instanceof SegmentedSessionStore) return 'a session store';
  return 'a store of an operator';
}
