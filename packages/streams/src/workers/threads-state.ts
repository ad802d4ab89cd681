import type { StreamsState } from '../config.ts';

/**
 * The state of an application by those of its threads, while nobody closes it: as in Kafka Streams it is running when all threads are
 * that do not end, and stays so without any.
 */
export function stateOf(threads: Iterable<StreamsState>): 'RUNNING' | 'REBALANCING' {
  for (const state of threads) if (state === 'CREATED' || state === 'REBALANCING') return 'REBALANCING';
  return 'RUNNING';
}
