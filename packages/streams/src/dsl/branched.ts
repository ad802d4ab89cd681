import { type BranchPredicate, branch, split, splitInfo } from '../operators/split.ts';
import { checkName } from '../topology/names.ts';
import type { Named, Place } from './node.ts';
import { KStream } from './stream.ts';

/** The branches of a stream, by the names that they were given. */
export type Branches<Names extends string, K, V> = { readonly [Name in Names]: KStream<K, V> };

/**
 * A stream that is being split. Branches are asked in the order in which they are added.
 *
 * @typeParam Names - The names of the branches so far.
 */
export class BranchedKStream<K, V, Names extends string = never> {
  readonly #from: Place<K, V>;
  readonly #splitter: string;
  readonly #predicates: BranchPredicate<K, V>[] = [];
  readonly #branches = new Map<string, KStream<K, V>>();

  private constructor(from: Place<K, V>, splitter: string) {
    this.#from = from;
    this.#splitter = splitter;
  }

  /** Starts to split a stream. */
  static of<K, V>(from: Place<K, V>, { name }: Named = {}): BranchedKStream<K, V> {
    const { builder, node } = from;
    const splitter = builder.names.node(splitInfo.node, name);
    const branched = new BranchedKStream<K, V>(from, splitter);
    const run = split(branched.#predicates as BranchPredicate<unknown, unknown>[]);
    builder.addProcessor({ name: splitter, parents: [node], run });
    return branched;
  }

  /** Adds a branch for the records that a predicate holds for and that no earlier branch has taken. */
  branch<Name extends string>(name: Name, predicate: BranchPredicate<K, V>): BranchedKStream<K, V, Names | Name> {
    this.#predicates.push(predicate);
    this.#add(name, this.#predicates.length - 1);
    return this as unknown as BranchedKStream<K, V, Names | Name>;
  }

  /** Adds the branch that takes the rest, and gives all branches. */
  defaultBranch<Name extends string>(name: Name): Branches<Names | Name, K, V> {
    this.#add(name, -1);
    return this.noDefaultBranch() as Branches<Names | Name, K, V>;
  }

  /** Gives all branches; the rest of the records is dropped. */
  noDefaultBranch(): Branches<Names, K, V> {
    return Object.fromEntries(this.#branches) as Branches<Names, K, V>;
  }

  #add(name: string, index: number): void {
    const { builder } = this.#from;
    const node = checkName(this.#splitter + name, 'The node');
    // Kafka Streams takes a number for each branch although its name does not use it.
    builder.names.node(node);
    builder.addProcessor({ name: node, parents: [this.#splitter], run: branch(index) });
    this.#branches.set(name, new KStream({ ...this.#from, node }));
  }
}
