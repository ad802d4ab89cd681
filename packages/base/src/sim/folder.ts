import type { Random } from '../random.ts';
import type { FileContent } from './file-content.ts';

export type Entry = FileContent | Folder;

/** A name that is given (again) or taken away. */
export interface NameChange {
  readonly name: string;
  readonly entry: Entry | undefined;
}

/** The names in a folder: those that are seen, and those that a power loss leaves. */
export class Folder {
  readonly kind = 'directory';
  #names = new Map<string, Entry>();
  #durable = new Map<string, Entry>();
  #unsynced: (readonly NameChange[])[] = [];

  get size(): number {
    return this.#names.size;
  }

  get(name: string): Entry | undefined {
    return this.#names.get(name);
  }

  names(): string[] {
    return [...this.#names.keys()].sort();
  }

  entries(): IterableIterator<Entry> {
    return this.#names.values();
  }

  /** Changes names, all of them or, after a power loss, none. */
  change(...changes: readonly NameChange[]): void {
    applyTo(this.#names, changes);
    this.#unsynced.push(changes);
  }

  sync(): void {
    this.#durable = new Map(this.#names);
    this.#unsynced = [];
  }

  /** Keeps the first few of the unsynced changes, as a journal does, here and in the folders and files below. */
  losePower(random: Random): void {
    const kept = this.#unsynced.slice(0, random.below(this.#unsynced.length + 1));
    for (const changes of kept) applyTo(this.#durable, changes);
    this.#names = new Map(this.#durable);
    this.#unsynced = [];
    for (const entry of this.#names.values()) entry.losePower(random);
  }
}

function applyTo(names: Map<string, Entry>, changes: readonly NameChange[]): void {
  for (const { name, entry } of changes) {
    if (entry === undefined) names.delete(name);
    else names.set(name, entry);
  }
}
