import type { Serde, Windowed } from '@nagare/serdes';
import type { ObservedTime } from '../operators/define-operator.ts';
import { toText } from './byte-store.ts';
import type { RowReader } from './cache.ts';
import type { EventTime } from './key-value-store.ts';
import { fromLocalKey, type SegmentRow, Segments } from './segments.ts';
import { sessionEndOf, sessionKeyOf, sessionOf, sessionStoreKey } from './session-key.ts';
import type { SessionStore, WindowRow } from './store.ts';
import type { SessionStoreSpec } from './store-spec.ts';
import { sessionsEnded, sessionsOfKey } from './window-scan.ts';
import type { DropCounter } from './window-store.ts';
import type { RowBytes } from './write-buffer.ts';

/** A session store in segments by the sessions' ends, with Kafka's keys and values. */
export class SegmentedSessionStore<K, V> implements SessionStore<K, V>, RowReader {
  readonly #segments: Segments;
  readonly #topic: string;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  readonly #now: EventTime & DropCounter;

  /** @param topic - The topic that serdes are told, so that they find their schemas: the changelog. */
  constructor(
    spec: SessionStoreSpec,
    buffer: RowBytes,
    { topic, now, observed }: { topic: string; now: EventTime & DropCounter; observed: ObservedTime },
  ) {
    this.#segments = new Segments(buffer, spec.retentionMs, observed);
    this.#topic = topic;
    this.#key = spec.key as Serde<K>;
    this.#value = spec.value as Serde<V>;
    this.#now = now;
  }

  fetchSession(key: K, start: number, end: number): V | undefined {
    const stored = this.#segments.get(sessionStoreKey(this.#keyBytes(key), start, end), end);
    return stored === undefined ? undefined : this.valueIn(stored);
  }

  findSessions(key: K, earliestEnd: number, latestStart: number): Iterable<WindowRow<K, V>> {
    return this.#decoded(this.#rowsOf(key, earliestEnd, latestStart));
  }

  backwardFindSessions(key: K, earliestEnd: number, latestStart: number): Iterable<WindowRow<K, V>> {
    return this.#decoded(this.#rowsOf(key, earliestEnd, latestStart).reverse());
  }

  findEnded(earliestEnd: number, latestEnd: number): Iterable<WindowRow<K, V>> {
    return this.#decoded([...sessionsEnded(this.#segments, earliestEnd, latestEnd)].sort(byEndThenStart));
  }

  put(key: K, value: V, start: number, end: number): void {
    if (!this.#put(key, this.#value.serialize(this.#topic, value), start, end)) this.#now.drop('late');
  }

  remove(key: K, start: number, end: number): void {
    this.#put(key, null, start, end);
  }

  keyIn(localKey: Buffer): Windowed<K> {
    return this.#rowKey(fromLocalKey(localKey));
  }

  valueIn(stored: Buffer): V {
    return this.#value.deserialize(this.#topic, stored) as V;
  }

  /** A session has the time of its end. */
  timeIn(localKey: Buffer): number {
    return sessionEndOf(localKey);
  }

  #put(key: K, value: Buffer | null, start: number, end: number): boolean {
    const timestamp = this.#now.timestampMs;
    const text = value === null ? null : toText(value);
    const row = this.#segments.localText(sessionStoreKey(this.#keyBytes(key), start, end), end);
    return this.#segments.putText(row, text, { timeMs: end, timestamp });
  }

  #rowsOf(key: K, earliestEnd: number, latestStart: number): SegmentRow[] {
    return [...sessionsOfKey(this.#segments, this.#keyBytes(key), { earliestEnd, latestStart })];
  }

  *#decoded(rows: readonly SegmentRow[]): Iterable<WindowRow<K, V>> {
    for (const [storeKey, stored] of rows) {
      const row = this.#rowKey(storeKey);
      yield { ...row, value: this.valueIn(stored), timestamp: row.window.end };
    }
  }

  #rowKey(storeKey: Buffer): Windowed<K> {
    const key = this.#key.deserialize(this.#topic, sessionKeyOf(storeKey)) as K;
    return { key, window: sessionOf(storeKey) };
  }

  #keyBytes(key: K): Buffer {
    const bytes = this.#key.serialize(this.#topic, key);
    if (bytes === null) throw new TypeError('A session store has no place for the key null');
    return bytes;
  }
}

/** Rows of one end and start come in the order of their keys, which sorting keeps. */
function byEndThenStart([a]: SegmentRow, [b]: SegmentRow): number {
  const first = sessionOf(a);
  const second = sessionOf(b);
  return first.end - second.end || first.start - second.start;
}
