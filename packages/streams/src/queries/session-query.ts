import type { Observable } from '../rx.ts';
import type { WindowRow } from '../state/store.ts';
import type { Lens, ScanOptions, WindowChange } from './lens.ts';
import { windowRow, withWindow } from './window-query.ts';

/** Reads a session store, wherever its partitions are: what `KeyValueQuery` says of answers holds here too. */
export class SessionQuery<K, V> {
  readonly #lens: Lens<K, V>;

  /** @internal */
  constructor(lens: Lens<K, V>) {
    this.#lens = lens;
  }

  /** The value of exactly this session. */
  async fetchSession(key: K, start: number, end: number): Promise<V | undefined> {
    const bytes = this.#lens.keyBytes(key);
    return (await this.#lens.one(bytes, { kind: 'session', key: bytes, start, end }))?.value;
  }

  /** The sessions of a key that end at `earliestEnd` or later and start at `latestStart` or earlier, the earliest end first. Default: all. */
  async *findSessions(
    key: K,
    earliestEnd = 0,
    latestStart = Number.MAX_SAFE_INTEGER,
    options: ScanOptions = {},
  ): AsyncIterable<WindowRow<K, V>> {
    const bytes = this.#lens.keyBytes(key);
    const rows = this.#lens.scan({ ...options, key: bytes }, (after, limit) => {
      return { kind: 'sessions', key: bytes, earliestEnd, latestStart, after, limit };
    });
    for await (const row of rows) yield windowRow(row);
  }

  /** What changes in the partitions of this process from now on. See `KeyValueQuery.changes`. */
  changes(key?: K): Observable<WindowChange<K, V>> {
    return this.#lens.changes(key, withWindow);
  }
}
