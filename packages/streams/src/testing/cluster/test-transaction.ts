import { assert } from '@nagare/base';
import type { PartitionLog } from './partition-log.ts';

/** What an instance writes between two commits under exactly_once_v2: it counts as a whole, or not at all. */
export class TestTransaction {
  readonly #logs = new Set<PartitionLog>();
  #outcome: 'open' | 'committed' | 'aborted' = 'open';

  get outcome(): 'open' | 'committed' | 'aborted' {
    return this.#outcome;
  }

  /** Takes a partition in that is written to; false when it is in already. */
  join(log: PartitionLog): boolean {
    assert(this.#outcome === 'open', 'only an open transaction is written to');
    if (this.#logs.has(log)) return false;
    this.#logs.add(log);
    return true;
  }

  end(outcome: 'committed' | 'aborted'): void {
    assert(this.#outcome === 'open', 'a transaction ends once');
    this.#outcome = outcome;
    for (const log of this.#logs) log.mark(this);
  }
}
