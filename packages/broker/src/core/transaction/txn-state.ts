/** How far a transactional id has come, under the names that Kafka's tools show. */
export type TxnState = 'Empty' | 'Ongoing' | 'PrepareCommit' | 'PrepareAbort' | 'CompleteCommit' | 'CompleteAbort';

/** The states as `__transaction_state` stores them; the last two are Kafka's and never stored. */
const names = [
  ...(['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'] as const),
  ...(['Dead', 'PrepareEpochFence'] as const),
] as const;

/** What can be named where transactions are filtered by their state. */
export const stateNames: ReadonlySet<string> = new Set(names);

const completed: readonly TxnState[] = ['Empty', 'CompleteCommit', 'CompleteAbort'];

/** The states from which each can be reached. A state may be left for itself, as when partitions are added. */
export const previousStates: { readonly [S in TxnState]: readonly TxnState[] } = {
  Empty: completed,
  Ongoing: ['Ongoing', ...completed],
  PrepareCommit: ['Ongoing'],
  PrepareAbort: ['Ongoing', ...completed],
  CompleteCommit: ['PrepareCommit'],
  CompleteAbort: ['PrepareAbort'],
};

/** Whether the transaction is decided and not all of its partitions have been told. */
export function isPrepared(state: TxnState): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort';
}

/** Whether nothing is under way, so that the id can be forgotten. */
export function isIdle(state: TxnState): boolean {
  return completed.includes(state);
}

export function stateId(state: TxnState): number {
  return names.indexOf(state);
}

/** The state of a stored number; undefined for those that are never stored. */
export function stateOf(id: number): TxnState | undefined {
  const name = names[id];
  return name === undefined || name === 'Dead' || name === 'PrepareEpochFence' ? undefined : name;
}
