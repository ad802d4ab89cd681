import type { TxnMetadata } from './txn-metadata.ts';
import { stateNames } from './txn-state.ts';

/** Which transactions to list. */
export interface TxnFilter {
  /** Names of states; empty for all. */
  readonly states: readonly string[];
  /** Empty for all. */
  readonly producerIds: readonly number[];
  /** List those that began longer ago than this; negative for all. */
  readonly durationMs: number;
}

export interface ListedTxn {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly transactionState: string;
}

export function listTxns(txns: Iterable<TxnMetadata>, filter: TxnFilter, wallMs: number): ListedTxn[] {
  const states: ReadonlySet<string> = new Set(filter.states);
  const producerIds = new Set(filter.producerIds);
  const listed: ListedTxn[] = [];
  for (const { transactionalId, producerId, state, startMs } of txns) {
    if (producerIds.size > 0 && !producerIds.has(producerId)) continue;
    if (states.size > 0 && !states.has(state)) continue;
    if (filter.durationMs >= 0 && wallMs - startMs <= filter.durationMs) continue;
    listed.push({ transactionalId, producerId, transactionState: state });
  }
  return listed;
}

/** The names in a filter that are no states. */
export function unknownStates(states: readonly string[]): string[] {
  return states.filter((state) => !stateNames.has(state));
}
