import type { Serde } from '@nagare/serdes';
import type { RecordMetadata, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import { defineOperator, type Operator, type OperatorContext, operatorInfo } from './define-operator.ts';
import { type LateKey, LateRecords } from './late-records.ts';

export const deduplicateInfo = operatorInfo({
  name: 'deduplicate',
  node: 'KSTREAM-DEDUPLICATE',
  keepsKey: true,
  keepsValue: true,
});

/** What the operator needs beside the interval. */
export interface DeduplicateParts<K, V, I> {
  readonly store: string;
  readonly withinMs: number;
  readonly graceMs: number;
  readonly late: LateKey | undefined;
  /** The id of a record, with its serde; undefined: its key. */
  readonly by: { readonly id: (key: K, value: V) => I | null; readonly serde: Serde<I> } | undefined;
  readonly key: Serde<K>;
}

/**
 * Lets the first of several equal records through, and drops those that follow, or come out of order, within an interval of event time
 * (KIP-655).
 *
 * Records are equal when they have the same key and, where one is given, the same id. A record that is dropped does not make the interval
 * longer. Those without a key or an id go through. A record that is older than the newest one by more than the grace comes late:
 * its duplicate may have been forgotten. Unless somebody takes late records, it goes through if no duplicate is known, and is
 * not remembered.
 *
 * @param parts - The interval, what records are told apart by, and the store.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the function that gives the id throws.
 * @example Payments, each once, though the shop may send them again for an hour
 * ```ts
 * payments.deduplicate({ within: '1h', by: (customer, payment) => payment.id, id: string });
 * ```
 */
export function deduplicate<K, V, I>(parts: DeduplicateParts<K, V, I>): Operator<K, V, K, V> {
  return defineOperator<K, V, K, V>(deduplicateInfo, {
    stores: [parts.store],
    run: (context) => {
      const seen = new SeenRecords<K, V, I>(context, parts);
      const late = new LateRecords<K, V>(context, parts.late);
      return emitting((emit) => (record) => {
        const id = seen.idOf(record);
        if (id === undefined) return emit(record);
        switch (seen.take(id, record.timestamp)) {
          case 'first':
            return emit(record);
          case 'duplicate':
            return context.drop('duplicate');
          case 'late':
            if (parts.late === undefined) emit(record);
            else late.refuse(record, { windows: 1, isTaken: false });
        }
      });
    },
  });
}

/** Which records went through, and when. */
class SeenRecords<K, V, I> {
  readonly #context: OperatorContext;
  readonly #parts: DeduplicateParts<K, V, I>;
  readonly #store: ReturnType<OperatorContext['windowStore']>;
  readonly #place = new Place();

  constructor(context: OperatorContext, parts: DeduplicateParts<K, V, I>) {
    this.#context = context;
    this.#parts = parts;
    this.#store = context.windowStore(parts.store);
  }

  /** The bytes that equal records have in common, and no others; undefined where a record is equal to none. */
  idOf({ key, value }: StreamRecord<K, V>): Buffer | undefined {
    const { by, key: serde } = this.#parts;
    const { topic } = this.#context.source;
    const keyBytes = serde.serialize(topic, key);
    if (keyBytes === null || by === undefined) return keyBytes ?? undefined;
    const id = by.id(key, value);
    const idBytes = id === null || id === undefined ? null : by.serde.serialize(topic, id);
    if (idBytes === null) return undefined;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(keyBytes.length);
    return Buffer.concat([length, keyBytes, idBytes]);
  }

  take(id: Buffer, timestamp: number): 'first' | 'duplicate' | 'late' {
    const { withinMs, graceMs } = this.#parts;
    const { observedTime, source } = this.#context;
    observedTime.ms = Math.max(observedTime.ms, timestamp);
    const place = this.#place.of(source);
    const near = [...this.#store.fetch(id, Math.max(0, timestamp - withinMs), timestamp + withinMs)];
    // A crash may keep what was noted and lose the offset: then the record comes again, and is no duplicate of itself.
    if (place !== '' && near.some(({ value }) => value === place)) return 'first';
    if (near.length > 0) return 'duplicate';
    if (timestamp < observedTime.ms - graceMs) return 'late';
    this.#store.put(id, place, timestamp, timestamp);
    return 'first';
  }
}

/** Names the place of a record among those that come from one record of a topic, so that it has it again when that is read again. */
class Place {
  #topic = '';
  #offset = -1;
  #count = 0;

  of({ topic, offset }: RecordMetadata): string {
    this.#count = topic === this.#topic && offset === this.#offset ? this.#count + 1 : 0;
    this.#topic = topic;
    this.#offset = offset;
    // What a punctuator sends has no place.
    return offset < 0 ? '' : `${offset}.${this.#count} ${topic}`;
  }
}
