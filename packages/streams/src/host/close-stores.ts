import type { TaskStore } from '../core/task.ts';

/** Closes stores, those behind one that fails too. @throws What the first of them failed with. */
export async function closeStores(stores: readonly TaskStore[]): Promise<void> {
  const failures: unknown[] = [];
  for (const { buffer } of stores) await buffer.store.close().catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}
