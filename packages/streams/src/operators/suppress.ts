import type { Serde, Windowed } from '@nagare/serdes';
import { Change } from '../change.ts';
import { StreamsError } from '../errors.ts';
import { StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import { SuppressBuffer } from '../state/suppress-buffer.ts';
import type { Suppression } from '../windows/suppressed.ts';
import { defineOperator, type Operator, type OperatorContext, operatorInfo } from './define-operator.ts';
import { IdleTime } from './idle-time.ts';

export const suppressInfo = operatorInfo({
  name: 'suppress',
  node: 'KTABLE-SUPPRESS',
  keepsKey: true,
  keepsValue: true,
});

/** What the operator needs beside what it is told. */
export interface SuppressParts<K, V> {
  readonly store: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** How long after its end a window closes; undefined when keys have none. */
  readonly graceMs: number | undefined;
}

/**
 * Holds back the changes of a table and sends only the last one of each key, when its time has come.
 *
 * Time is the largest timestamp that this operator has seen, so nothing goes on before another record comes. A later change takes the
 * place of an earlier one and does not move its time. Results have the timestamp and the headers of their last change. Until the
 * windows close, deletions are not sent: nothing was sent that they could delete.
 *
 * @param suppression - What `Suppressed` gives.
 * @param parts - The store and the serdes.
 * @throws {StreamsError} `NAGARE_STREAMS_BUFFER_FULL` when more waits than may.
 * @example Only the last count of each minute
 * ```ts
 * perMinute.suppress(Suppressed.untilWindowCloses());
 * ```
 */
export function suppress<K, V>(
  suppression: Suppression,
  parts: SuppressParts<K, V>,
): Operator<K, Change<V>, K, Change<V>> {
  return defineOperator(suppressInfo, {
    stores: [parts.store],
    run: (context) => {
      const held = new HeldChanges(context, suppression, parts);
      return emitting<StreamRecord<K, Change<V>>, StreamRecord<K, Change<V>>>((emit) => {
        const { idleMs } = suppression;
        const idle = idleMs === undefined ? undefined : new IdleTime(context, idleMs, held.passTime(emit));
        return (record) => {
          idle?.seen();
          if (idle !== undefined && held.hasClosed(record)) return context.drop('late');
          held.put(record);
          held.sendDue(emit);
        };
      });
    },
  });
}

type Emit<K, V> = (record: StreamRecord<K, Change<V>>) => void;

class HeldChanges<K, V> {
  readonly #context: OperatorContext;
  readonly #suppression: Suppression;
  readonly #parts: SuppressParts<K, V>;
  readonly #topic: string;
  readonly #buffer: SuppressBuffer;

  constructor(context: OperatorContext, suppression: Suppression, parts: SuppressParts<K, V>) {
    const store = context.bytesStore(parts.store);
    this.#context = context;
    this.#suppression = suppression;
    this.#parts = parts;
    this.#topic = store.topic;
    this.#buffer = new SuppressBuffer(store);
  }

  put({ key, value: change, timestamp, headers }: StreamRecord<K, Change<V>>): void {
    const { observedTime, source } = this.#context;
    observedTime.ms = Math.max(observedTime.ms, timestamp);
    const isByWindow = this.#suppression.until === 'window-close';
    this.#buffer.put(this.#parts.key.serialize(this.#topic, key) as Buffer, {
      ...source,
      timestamp,
      headers,
      prior: null,
      old: this.#parts.value.serialize(this.#topic, change.oldValue),
      now: this.#parts.value.serialize(this.#topic, change.newValue),
      bufferTime: isByWindow ? (key as Windowed<unknown>).window.end : timestamp,
    });
  }

  /** Whether the window of a change has been sent: the clock may have closed it before its own operator did. */
  hasClosed({ key }: StreamRecord<K, Change<V>>): boolean {
    if (this.#suppression.until !== 'window-close') return false;
    return (key as Windowed<unknown>).window.end + this.#waitMs <= this.#context.observedTime.ms;
  }

  /** Lets time go on from one change to the next one that is due by then. */
  passTime(emit: Emit<K, V>) {
    return (nodeTimeMs: number, elapsedMs: number) => {
      const { observedTime } = this.#context;
      for (;;) {
        const dueMs = (this.#buffer.earliestMs ?? Number.POSITIVE_INFINITY) + this.#waitMs;
        if (dueMs > nodeTimeMs + elapsedMs) return;
        observedTime.ms = Math.max(observedTime.ms, dueMs);
        this.sendDue(emit);
      }
    };
  }

  get #waitMs(): number {
    const { until } = this.#suppression;
    return until === 'window-close' ? (this.#parts.graceMs ?? 0) : until.limitMs;
  }

  sendDue(emit: Emit<K, V>): void {
    const { whenFull } = this.#suppression;
    const dueMs = this.#context.observedTime.ms - this.#waitMs;
    while ((this.#buffer.earliestMs ?? Number.POSITIVE_INFINITY) <= dueMs) this.#sendFirst(emit);
    while (this.#isOverCapacity() && this.#buffer.records > 0) {
      if (whenFull === 'fail') throw this.#full();
      this.#sendFirst(emit);
    }
  }

  #sendFirst(emit: Emit<K, V>): void {
    const taken = this.#buffer.takeFirst();
    if (taken === undefined) return;
    const [keyBytes, { now, old, timestamp, headers }] = taken;
    if (now === null && this.#suppression.until === 'window-close') return;
    const { key, value } = this.#parts;
    const rowOf = (bytes: Buffer | null) => value.deserialize(this.#topic, bytes);
    const change = new Change<V>(rowOf(now), rowOf(old));
    emit(new StreamRecord(key.deserialize(this.#topic, keyBytes) as K, change, timestamp, headers));
  }

  #isOverCapacity(): boolean {
    const { maxRecords, maxBytes } = this.#suppression;
    return this.#buffer.records > maxRecords || this.#buffer.bytes > maxBytes;
  }

  #full(): StreamsError {
    const { maxRecords, maxBytes } = this.#suppression;
    const { records, bytes } = this.#buffer;
    const detail = `${this.#parts.store} holds ${records} records of at most ${maxRecords} and ${bytes} bytes of at most ${maxBytes}`;
    return new StreamsError('NAGARE_STREAMS_BUFFER_FULL', detail);
  }
}
