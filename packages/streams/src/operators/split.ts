import type { StreamRecord } from '../record.ts';
import { emitting, map } from '../rx.ts';
import type { Run } from '../topology/topology.ts';
import { operatorInfo } from './define-operator.ts';

export const splitInfo = operatorInfo({ name: 'split', node: 'KSTREAM-BRANCH', keepsKey: true, keepsValue: true });

/** Decides whether a record belongs to a branch. */
export type BranchPredicate<K, V> = (key: K, value: V) => boolean;

/** A record with the branch that it takes: an index of the predicates, or -1 for the default. */
interface Routed {
  readonly record: StreamRecord<unknown, unknown>;
  readonly branch: number;
}

/**
 * Sends each record to the first branch whose predicate holds, or to the default branch.
 *
 * Without a default branch the records that no predicate holds for are dropped.
 *
 * @param predicates - Asked in order, until one holds.
 * @throws {StreamsError} `NAGARE_STREAMS_USER_FUNCTION`, with `cause`, when a predicate throws.
 * @example Large and small orders
 * ```ts
 * const { large, small } = orders
 *   .split()
 *   .branch('large', (id, order) => order.total > 1_000)
 *   .defaultBranch('small');
 * ```
 */
export function split(predicates: readonly BranchPredicate<unknown, unknown>[]): Run {
  return () =>
    map((record) => {
      const { key, value } = record as StreamRecord<unknown, unknown>;
      return { record, branch: predicates.findIndex((predicate) => predicate(key, value)) };
    });
}

/** Takes the records of one branch. */
export function branch(index: number): Run {
  return () =>
    emitting((emit) => (input) => {
      const routed = input as Routed;
      if (routed.branch === index) emit(routed.record);
    });
}
