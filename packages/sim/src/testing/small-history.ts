import type { HistoryEvent, MicroOperation, OperationKind } from '../history/event.ts';

/** One operation of a history written by hand. */
export interface Written {
  readonly proc: number;
  readonly f: OperationKind;
  readonly mops?: readonly MicroOperation[];
  /** How it ends; default: ok. */
  readonly type?: 'ok' | 'fail' | 'info';
  readonly more?: Partial<HistoryEvent>;
}

/** A history of operations that come one after the other. */
export function oneByOne(...operations: readonly Written[]): HistoryEvent[] {
  return together(...operations.map((operation) => [operation]));
}

/** A history of groups of operations that come one after the other; those of one group all begin before one ends. */
export function together(...groups: readonly (readonly Written[])[]): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const add = ({ proc, f, mops = [], more }: Written, type: HistoryEvent['type']) => {
    events.push({ i: events.length, t: events.length, proc, type, f, mops, ...more });
  };
  for (const group of groups) {
    for (const operation of group) add(operation, 'invoke');
    for (const operation of group) add(operation, operation.type ?? 'ok');
  }
  return events;
}

/** A send that went to `offset`; null is one without an acknowledgement. */
export function sent(key: number, offset: number | null, value: number): MicroOperation {
  return ['send', key, [offset, value]];
}

/** What a poll found of one key. */
export function found(key: number, ...reads: readonly (readonly [number, number])[]): MicroOperation {
  return ['poll', { [key]: reads }];
}
