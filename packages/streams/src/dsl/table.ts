import { tableFilter } from '../operators/table-filter.ts';
import { tableMapValues } from '../operators/table-map-values.ts';
import { toStream } from '../operators/to-stream.ts';
import { applyOperator, type Named, type Place, place } from './node.ts';
import { KStream } from './stream.ts';
import { derivedView, type TableView } from './table-view.ts';

/** A table: the newest row of each key, and its changes. Each method adds a node; the operators' files have the details. */
export class KTable<K, V> {
  readonly [place]: Place<K, V | null>;
  /** How a join looks up rows. Asking for it has them kept. */
  readonly view: () => TableView<K, V>;

  constructor(at: Place<K, V | null>, view: () => TableView<K, V>) {
    this[place] = at;
    this.view = view;
  }

  /** Keeps the rows that a predicate holds for: `tableFilter(predicate)`. */
  filter(predicate: (key: K, value: V) => boolean, named?: Named): KTable<K, V> {
    const at = applyOperator(this[place], tableFilter<K, V>(predicate), named);
    return new KTable(at, () => derivedView(this.view(), (value, key) => (predicate(key, value) ? value : undefined)));
  }

  /** Replaces the value of each row: `tableMapValues(project)`. */
  mapValues<V2>(project: (value: V, key: K) => V2, named?: Named): KTable<K, V2> {
    const at = applyOperator(this[place], tableMapValues<K, V, V2>(project), named);
    return new KTable(at, () => derivedView(this.view(), project));
  }

  /** Reads the changes as a stream; a deleted row comes as null: `toStream()`. */
  toStream(named?: Named): KStream<K, V | null> {
    return new KStream(applyOperator(this[place], toStream<K, V>(), named));
  }
}
