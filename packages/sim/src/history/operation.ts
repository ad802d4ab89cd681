import { assert } from '@nagare/base';
import type { HistoryEvent, Key, MicroOperation, Offset, OperationKind, Value } from './event.ts';

export interface Sent {
  readonly key: Key;
  readonly value: Value;
  /** Undefined without an acknowledgement. */
  readonly offset: Offset | undefined;
}

export interface Read {
  readonly key: Key;
  readonly offset: Offset;
  readonly value: Value;
}

export interface KeyOffset {
  readonly key: Key;
  readonly offset: Offset;
}

export interface KeyEnds {
  readonly key: Key;
  readonly latest: Offset;
  readonly stable: Offset;
}

/** An operation of a process from its invocation to its end. */
export interface Operation {
  /** Its place among the operations, by invocation. */
  readonly index: number;
  readonly process: number;
  readonly kind: OperationKind;
  readonly type: 'ok' | 'fail' | 'info';
  /** The events that began and ended it; the end of `info` is infinity: it may have its effect at any time. */
  readonly invokedAt: number;
  readonly completedAt: number;
  readonly sends: readonly Sent[];
  readonly reads: readonly Read[];
  readonly commits: readonly KeyOffset[];
  readonly ends: readonly KeyEnds[];
  readonly deletes: readonly KeyOffset[];
  readonly keys: readonly Key[];
  readonly rebalanced: ReadonlySet<Key>;
  readonly isolation: 'rc' | 'ru';
  readonly generation: number | undefined;
}

/** Pairs the events of each process. */
export function operationsOf(history: readonly HistoryEvent[]): Operation[] {
  const open = new Map<number, HistoryEvent>();
  const pairs: { readonly invoked: HistoryEvent; readonly completed: HistoryEvent | undefined }[] = [];
  for (const event of history) {
    const invoked = open.get(event.proc);
    if (event.type === 'invoke') {
      assert(invoked === undefined, `Process ${event.proc} invokes event ${event.i} beside another`);
      open.set(event.proc, event);
    } else {
      assert(invoked !== undefined, `Event ${event.i} of process ${event.proc} ends what was not invoked`);
      open.delete(event.proc);
      pairs.push({ invoked, completed: event });
    }
  }
  for (const invoked of open.values()) pairs.push({ invoked, completed: undefined });
  pairs.sort((a, b) => a.invoked.i - b.invoked.i);
  return pairs.map(({ invoked, completed }, index) => operationOf(index, invoked, completed));
}

function operationOf(index: number, invoked: HistoryEvent, completed: HistoryEvent | undefined): Operation {
  const last = completed ?? invoked;
  const type = completed === undefined || completed.type === 'invoke' ? 'info' : completed.type;
  const mops = last.mops ?? invoked.mops ?? [];
  return {
    index,
    process: invoked.proc,
    kind: invoked.f,
    type,
    invokedAt: invoked.i,
    completedAt: type === 'info' ? Number.POSITIVE_INFINITY : last.i,
    sends: mops.flatMap(sentIn),
    reads: mops.flatMap(readIn),
    commits: mops.flatMap((mop) => (mop[0] === 'commit' ? offsetsIn(mop[1]) : [])),
    ends: mops.flatMap(endsIn),
    deletes: mops.flatMap((mop) => (mop[0] === 'before' ? offsetsIn(mop[1]) : [])),
    keys: last.keys ?? invoked.keys ?? [],
    rebalanced: new Set(last.rebalanced),
    isolation: last.iso ?? invoked.iso ?? 'rc',
    generation: last.generation ?? invoked.generation,
  };
}

function sentIn(mop: MicroOperation): Sent[] {
  if (mop[0] !== 'send') return [];
  const [, key, sent] = mop;
  if (typeof sent === 'number') return [{ key, value: sent, offset: undefined }];
  return [{ key, value: sent[1], offset: sent[0] ?? undefined }];
}

function readIn(mop: MicroOperation): Read[] {
  if (mop[0] !== 'poll' || mop[1] === undefined) return [];
  return Object.entries(mop[1]).flatMap(([key, reads]) =>
    reads.map(([offset, value]) => ({ key: Number(key), offset, value })),
  );
}

function endsIn(mop: MicroOperation): KeyEnds[] {
  if (mop[0] !== 'ends') return [];
  return Object.entries(mop[1]).map(([key, ends]) => ({ key: Number(key), ...ends }));
}

function offsetsIn(offsets: Readonly<Record<string, Offset>>): KeyOffset[] {
  return Object.entries(offsets).map(([key, offset]) => ({ key: Number(key), offset }));
}
