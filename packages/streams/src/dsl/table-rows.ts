import { storeView, type TableView } from './table-view.ts';

/** The key of the property by which the tables of this package ask each other for rows. */
export const rows = Symbol('rows');

/** Whether the changes of a table say what was before. It is settled while the topology is built, and read when a task starts. */
export interface OldValues {
  readonly areSent: boolean;
}

/** What a table can be asked for while the topology is built. */
export interface TableRows<K, V> extends OldValues {
  /** How long rows of the past are known; undefined when the table is not versioned. */
  readonly historyMs: number | undefined;
  /** How rows are looked up. Asking for it has them kept where they are not computed from others. */
  view(): TableView<K, V>;
  /**
   * Has changes carry old values, and says whether they do.
   *
   * @param force - Whether rows are to be kept if that takes it.
   */
  sendOldValues(force: boolean): boolean;
}

/** Rows in a store of their own: old values are at hand. */
export class KeptRows<K, V> implements TableRows<K, V> {
  readonly #view: TableView<K, V>;
  areSent = false;

  constructor(view: TableView<K, V>) {
    this.#view = view;
  }

  get historyMs(): number | undefined {
    return this.#view.historyMs;
  }

  view(): TableView<K, V> {
    return this.#view;
  }

  sendOldValues(): boolean {
    this.areSent = true;
    return true;
  }
}

/** Rows that are kept from the moment that someone asks for them. */
export class KeepableRows<K, V> implements TableRows<K, V> {
  readonly #keep: () => string;
  #store: string | undefined;
  readonly historyMs: number | undefined;
  areSent = false;

  /** @param keep - Has the rows kept and gives the store's name; called once at most. */
  constructor(keep: () => string, historyMs: number | undefined) {
    this.#keep = keep;
    this.historyMs = historyMs;
  }

  /** The store, if the rows are kept. */
  get store(): string | undefined {
    return this.#store;
  }

  keep(): string {
    this.#store ??= this.#keep();
    return this.#store;
  }

  view(): TableView<K, V> {
    return storeView(this.keep(), this.historyMs);
  }

  sendOldValues(force: boolean): boolean {
    if (this.#store === undefined && !force) return false;
    this.keep();
    this.areSent = true;
    return true;
  }
}

/** Rows that are computed from those of another table whenever they are needed. */
export class DerivedRows<K, P, V> implements TableRows<K, V> {
  readonly #parent: TableRows<K, P>;
  readonly #viewOf: (parent: TableView<K, P>) => TableView<K, V>;
  areSent = false;

  constructor(parent: TableRows<K, P>, viewOf: (parent: TableView<K, P>) => TableView<K, V>) {
    this.#parent = parent;
    this.#viewOf = viewOf;
  }

  get historyMs(): number | undefined {
    return this.#parent.historyMs;
  }

  view(): TableView<K, V> {
    return this.#viewOf(this.#parent.view());
  }

  sendOldValues(force: boolean): boolean {
    if (this.#parent.sendOldValues(force)) this.areSent = true;
    return this.areSent;
  }
}
