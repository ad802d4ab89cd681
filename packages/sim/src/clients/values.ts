import type { FetchedPartition } from '@nagare/client';
import type { Offset, ReadsByKey, Value } from '../history/event.ts';
import type { World } from '../world/world.ts';

/** A record holds its value first; what else a scenario wants to say stands behind a space. */
export function textOf(value: Value, more = ''): string {
  return more === '' ? `${value}` : `${value} ${more}`;
}

/** What a poll returned, as a history has it. */
export function readsOf(
  world: World,
  fetched: readonly FetchedPartition[],
  note?: (value: Value, more: string) => void,
): ReadsByKey {
  const reads: Record<string, [Offset, Value][]> = {};
  for (const chunk of fetched) {
    const key = world.keyOf(chunk);
    const list = reads[key] ?? [];
    reads[key] = list;
    const records = chunk.records();
    while (records.next()) {
      const [value = '', ...more] = String(records.value ?? records.headers[0]?.value).split(' ');
      list.push([records.offset, Number(value)]);
      note?.(Number(value), more.join(' '));
    }
  }
  return reads;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
