import { sessionWindowed, type Windowed, windowed } from '@nagare/serdes';
import { durationMs } from '../duration.ts';
import { StreamsError } from '../errors.ts';
import type { OperatorInfo } from '../operators/define-operator.ts';
import { heldMs } from '../operators/final-results.ts';
import type { LateKey } from '../operators/late-records.ts';
import { type Merger, sessionAggregate } from '../operators/session-aggregate.ts';
import { slidingAggregate } from '../operators/sliding-aggregate.ts';
import {
  type WindowAggregation,
  type WindowedOperator,
  type WindowStep,
  windowAggregate,
} from '../operators/window-aggregate.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import { additionalRetentionMs } from '../topology/topic-configs.ts';
import type { EmitStrategy } from '../windows/emit-strategy.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { SlidingWindows } from '../windows/sliding-windows.ts';
import type { TimeWindows } from '../windows/time-windows.ts';
import { UnlimitedWindows } from '../windows/unlimited-windows.ts';
import { keyValueSpec, type WindowMaterialized } from './materialized.ts';
import type { SerdeOf } from './node.ts';
import { KeptRows } from './table-rows.ts';
import { sessionStoreView, type TableView, windowStoreView } from './table-view.ts';

/** Every kind of windows that records can be gathered in. */
export type Windows = TimeWindows | UnlimitedWindows | SlidingWindows | SessionWindows;

/** What is gathered in windows: a step for each record, and for sessions how two of them become one. */
export interface WindowSteps<K, V, A> {
  readonly next: WindowStep<K, V, A>;
  readonly merge?: Merger<K, A>;
}

/** The rows of a windowed table, as they are kept in the store of its windows. */
export function windowRows<K, A>(windows: Windows, store: string): KeptRows<Windowed<K>, A> {
  const view = windows instanceof SessionWindows ? sessionStoreView<K, A>(store) : windowStoreView<K, A>(store);
  return new KeptRows(view as TableView<Windowed<K>, A>);
}

/** The operator that gathers in these windows. */
export function windowOperator<K, V, A>(
  windows: Windows,
  steps: WindowSteps<K, V, A>,
  about: {
    readonly store: string;
    readonly sent: KeptRows<Windowed<K>, A>;
    readonly emit: EmitStrategy;
    readonly idleMs: number | undefined;
    readonly late: LateKey | undefined;
    readonly info: OperatorInfo;
  },
): WindowedOperator<K, V, A> {
  const aggregation: WindowAggregation<K, V, A> = { ...about, next: steps.next };
  if (windows instanceof SlidingWindows) return slidingAggregate(windows, aggregation);
  if (!(windows instanceof SessionWindows)) return windowAggregate(windows, aggregation);
  const { merge } = steps;
  if (merge === undefined) throw new TypeError(`${about.info.name}() in sessions needs a function that merges two`);
  return sessionAggregate(windows, { ...aggregation, merge });
}

/** The serde of windowed keys, if that of keys is known. */
export function windowedKey<K>(windows: Windows, key: SerdeOf<K> | undefined): SerdeOf<Windowed<K>> | undefined {
  if (key === undefined) return undefined;
  const serde = windows instanceof SessionWindows ? sessionWindowed(key) : windowed(key, sizeOf(windows));
  return serde as unknown as SerdeOf<Windowed<K>>;
}

/** Describes the store of a windowed table. */
export function windowSpec<K, A>(
  windows: Windows,
  options: WindowMaterialized<K, A> & { readonly emit: EmitStrategy },
  serdes: {
    readonly store: string;
    readonly key: SerdeOf<K> | undefined;
    readonly value: SerdeOf<A> | undefined;
    readonly method: string;
  },
): StoreSpec {
  const { kind: _kind, ranges: _ranges, ...spec } = keyValueSpec<K, A>(serdes.store, options, serdes);
  const isFinal = options.emit === 'on-window-close';
  if (isFinal && windows instanceof UnlimitedWindows) {
    throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', 'unlimited windows never close: emit on-window-update');
  }
  const retentionMs = retentionOf(windows, options);
  const kept = isFinal
    ? {
        cached: false,
        retentionMs: retentionMs + heldMs(sizeOf(windows)),
        topicConfig: { 'retention.ms': String(retentionMs + additionalRetentionMs), ...spec.topicConfig },
      }
    : { retentionMs };
  if (windows instanceof SessionWindows) return { ...spec, ...kept, kind: 'session' };
  return {
    ...spec,
    ...kept,
    kind: 'window',
    windowSizeMs: sizeOf(windows),
    retainDuplicates: false,
    timestamped: true,
    ranges: options.ranges ?? (isFinal || windows instanceof SlidingWindows),
  };
}

/** How far a window reaches; of sessions, how far they may lie apart. */
function sizeOf(windows: Windows): number {
  if (windows instanceof SlidingWindows) return windows.timeDifferenceMs;
  return windows instanceof SessionWindows ? windows.gapMs : windows.sizeMs;
}

function retentionOf(windows: Windows, { retention }: { readonly retention?: number | string }): number {
  const times = windows instanceof SlidingWindows ? 2 : 1;
  const leastMs = Math.min(Number.MAX_SAFE_INTEGER, times * sizeOf(windows) + windows.graceMs);
  const retentionMs = retention === undefined ? leastMs : durationMs(retention, 'retention');
  if (retentionMs >= leastMs) return retentionMs;
  throw new RangeError(`retention must be at least ${describeLeast(windows)} (${leastMs} ms), got ${retentionMs}`);
}

function describeLeast(windows: Windows): string {
  if (windows instanceof SlidingWindows) return 'twice the time difference and grace';
  return windows instanceof SessionWindows ? 'gap and grace' : 'size and grace';
}

/** How long after its end a window closes; undefined when it never does. */
export function windowClosing(windows: Windows): number | undefined {
  if (windows instanceof UnlimitedWindows) return undefined;
  return windows instanceof SessionWindows ? windows.gapMs + windows.graceMs : windows.graceMs;
}
