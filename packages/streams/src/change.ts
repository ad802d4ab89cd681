/**
 * A change of one row: the value of every record between two operators of a table.
 *
 * @typeParam V - The rows.
 */
export class Change<V> {
  /** The row as it is now; null when it was deleted. */
  readonly newValue: V | null;
  /** The row as it was; null when there was none, and when no operator downstream asked for it. */
  readonly oldValue: V | null;
  /** False for a row of the past, which only a versioned table sends: a newer one is known already. */
  readonly isLatest: boolean;

  constructor(newValue: V | null, oldValue: V | null, isLatest = true) {
    this.newValue = newValue;
    this.oldValue = oldValue;
    this.isLatest = isLatest;
  }
}
