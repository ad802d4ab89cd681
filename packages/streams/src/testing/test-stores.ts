import { type OpenStore, openStore, type StoreOwner } from '../core/open-store.ts';
import type { TaskStore } from '../core/task.ts';
import type { StoreSpec } from '../state/store-spec.ts';

/** A store of a task as a test sees it: all of it can be read, also where the application reads single keys alone. */
export function openWhole(store: TaskStore, owner: StoreOwner): OpenStore {
  return openStore({ ...store, spec: withRanges(store.spec) }, owner);
}

/** A store of a global table as a test sees it. */
export function openWholeGlobal(store: TaskStore): OpenStore {
  return openWhole(store, { timestampMs: -1, observedTime: () => ({ ms: -1 }), drop: () => undefined });
}

function withRanges(spec: StoreSpec): StoreSpec {
  return spec.kind === 'key-value' || spec.kind === 'window' ? { ...spec, ranges: true } : spec;
}
