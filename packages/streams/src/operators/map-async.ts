import type { Serde } from '@nagare/serdes';
import type { ErrorDecision, ErrorHandler } from '../core/failures.ts';
import { type Duration, durationMs } from '../duration.ts';
import type { Header, KeyValue, StreamRecord } from '../record.ts';
import { emitting } from '../rx.ts';
import type { AsyncLaneOptions } from './async-lane.ts';
import { defineOperator, type Operator, type OperatorInfo, operatorInfo } from './define-operator.ts';

export const mapAsyncInfo = operatorInfo({
  name: 'mapAsync',
  node: 'KSTREAM-MAPASYNC',
  keepsKey: false,
  keepsValue: false,
});

export const mapValuesAsyncInfo = operatorInfo({
  name: 'mapValuesAsync',
  node: 'KSTREAM-MAPVALUESASYNC',
  keepsKey: true,
  keepsValue: false,
});

/** What a function that answers later is told beside key and value. */
export interface AsyncCallContext {
  /** Aborts when the result is not wanted any more: its time is up, or the task has gone. */
  readonly signal: AbortSignal;
  /** Event time of the record, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

/** How a function that answers later is called. */
export interface AsyncOptions<K> {
  /** How many calls run at a time in each task. */
  readonly concurrency: number;
  /** How long a call may take. Default: 5,000. */
  readonly timeout?: Duration;
  /**
   * The order in which results go on. `key`: as they come, but for those of one key, which keep their order. `partition`: in the order of the
   * records, so that one input always gives one output. Default: `key`.
   */
  readonly order?: 'key' | 'partition';
  /** What to do with a record whose call fails or takes too long. Default: what the application does about processing errors. */
  readonly onError?: ErrorDecision | ErrorHandler;
  /** The serde of the keys, by whose bytes they are compared. Default: that of the stream; keys that are no objects need none. */
  readonly key?: Serde<Exclude<K, null>> | undefined;
}

/** A function that answers later. */
export type AsyncProject<K, V, R> = (value: V, key: K, context: AsyncCallContext) => PromiseLike<R> | R;

/**
 * Replaces key and value of each record by what a function answers later; timestamp and headers stay.
 *
 * Up to `concurrency` calls run at a time in each task. Records of one key are called for one after the other, and their results keep their
 * order; those without a key have none. Operators behind it see each record as if it had just been read. While twice as many
 * records as may be called for are inside, the task takes no others. A commit waits until all of them have gone on, so what is committed is
 * complete, and a crash in between makes their calls again.
 *
 * With `order: 'key'` records overtake each other: give windows behind it a grace, or use `order: 'partition'`.
 *
 * @param project - Called once for each record, and once more for each time that its transaction was not committed.
 * @param options - How many calls run at a time, how long they may take, and what is done when they fail.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when the function throws or rejects, and
 * `NAGARE_STREAMS_CALL_TIMEOUT` when it takes too long.
 * @example The user of each click, twenty requests at a time
 * ```ts
 * clicks.mapAsync(
 *   async (click, id, { signal }) => {
 *     const user = await fetch(`http://users/${click.session}`, { signal });
 *     return [await user.text(), click];
 *   },
 *   { concurrency: 20, timeout: '2s' },
 * );
 * ```
 */
export function mapAsync<K, V, K2, V2>(
  project: AsyncProject<K, V, KeyValue<K2, V2>>,
  options: AsyncOptions<K>,
): Operator<K, V, K2, V2> {
  return asyncOperator<K, V, KeyValue<K2, V2>, K2, V2>(mapAsyncInfo, project, options, (record, [key, value]) =>
    record.withKey(key).withValue(value),
  );
}

/**
 * Replaces the value of each record by what a function answers later, like {@link mapAsync}. The key stays, so nothing downstream is
 * repartitioned.
 *
 * @param project - Called once for each record, and once more for each time that its transaction was not committed.
 * @param options - How many calls run at a time, how long they may take, and what is done when they fail.
 * @throws {StreamsError} as {@link mapAsync}.
 * @example Prices from a service; where it fails, records are kept aside
 * ```ts
 * orders.mapValuesAsync(async (order, id, { signal }) => ({ ...order, price: await priceOf(order, signal) }), {
 *   concurrency: 50,
 *   onError: 'dead-letter',
 * });
 * ```
 */
export function mapValuesAsync<K, V, V2>(
  project: AsyncProject<K, V, V2>,
  options: AsyncOptions<K>,
): Operator<K, V, K, V2> {
  return asyncOperator<K, V, V2, K, V2>(mapValuesAsyncInfo, project, options, (record, value) =>
    record.withValue(value),
  );
}

/** How long a call may take. */
export function callTimeoutMs<K>({ timeout = 5_000 }: AsyncOptions<K>): number {
  const timeoutMs = durationMs(timeout, 'timeout');
  if (timeoutMs < 1) throw new RangeError(`timeout must be at least a millisecond, got ${timeout}`);
  return timeoutMs;
}

function asyncOperator<K, V, R, K2, V2>(
  info: OperatorInfo,
  project: AsyncProject<K, V, R>,
  options: AsyncOptions<K>,
  resultOf: (record: StreamRecord<K, V>, result: R) => StreamRecord<K2, V2>,
): Operator<K, V, K2, V2> {
  const laneOptions = laneOptionsOf(options);
  const { key: serde } = options;
  return defineOperator<K, V, K2, V2>(info, {
    run: (context) =>
      emitting((emit) => {
        const lane = context.asyncLane(laneOptions);
        return (record) => {
          const { key, value, timestamp, headers } = record;
          lane.add({
            key: keyIdentity(key, serde as Serde<unknown> | undefined, context.source.topic),
            recordKey: key,
            call: (signal) => project(value, key, { signal, timestamp, headers }),
            finish: (result) => emit(resultOf(record, result as R)),
          });
        };
      }),
  });
}

function laneOptionsOf<K>(options: AsyncOptions<K>): AsyncLaneOptions {
  const { concurrency, order = 'key', onError } = options;
  if (!(Number.isSafeInteger(concurrency) && concurrency > 0)) {
    throw new RangeError(`concurrency must be a whole number above 0, got ${concurrency}`);
  }
  if (order !== 'key' && order !== 'partition') {
    throw new TypeError(`order must be key or partition, got ${String(order satisfies never)}`);
  }
  return { concurrency, order, timeoutMs: callTimeoutMs(options), onError: handlerOf(onError) };
}

function handlerOf(onError: ErrorDecision | ErrorHandler | undefined): ErrorHandler | undefined {
  if (onError === undefined || typeof onError === 'function') return onError;
  if (!['fail', 'continue', 'dead-letter'].includes(onError)) {
    throw new TypeError(`onError must be fail, continue, dead-letter or a function, got ${String(onError)}`);
  }
  return () => onError;
}

/** Something that is the same for equal keys: their bytes as text, or what is compared by its value anyway. */
function keyIdentity(key: unknown, serde: Serde<unknown> | undefined, topic: string): unknown {
  if (key === null || key === undefined) return undefined;
  if (typeof key !== 'object') return key;
  if (serde === undefined) throw new TypeError('mapAsync() needs the serde of keys that are objects: pass { key: … }');
  return serde.serialize(topic, key)?.toString('latin1');
}
