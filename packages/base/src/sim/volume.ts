import { DiskError, type DiskErrorCode } from '../disk.ts';
import type { Random } from '../random.ts';
import { FileContent } from './file-content.ts';
import { type Entry, Folder } from './folder.ts';

/** The files of one node. It outlives the node's crashes; everything here happens at once. */
export class Volume {
  readonly #root = new Folder();

  open(path: string, options: { create?: boolean; exclusive?: boolean }): FileContent {
    const { folder, name } = this.#parentOf(path, 'open');
    const entry = folder.get(name);
    if (entry === undefined) {
      if (!options.create) throw failure('ENOENT', 'open', path);
      const content = new FileContent();
      folder.change({ name, entry: content });
      return content;
    }
    if (options.create && options.exclusive) throw failure('EEXIST', 'open', path);
    if (entry.kind === 'directory') throw failure('EOTHER', 'open', path, 'it is a folder');
    return entry;
  }

  list(path: string): string[] {
    return this.#folderAt(path, 'list').names();
  }

  stat(path: string): { kind: 'file' | 'directory'; bytes: number } | undefined {
    const entry = this.#find(path);
    if (entry === undefined) return undefined;
    return { kind: entry.kind, bytes: entry.kind === 'file' ? entry.length : 0 };
  }

  makeDirectory(path: string): void {
    let folder = this.#root;
    const names = namesIn(path);
    for (const [index, name] of names.entries()) {
      let entry = folder.get(name);
      if (entry === undefined) {
        entry = new Folder();
        folder.change({ name, entry });
      }
      if (entry.kind === 'file') throw failure(index === names.length - 1 ? 'EEXIST' : 'ENOTDIR', 'make folder', path);
      folder = entry;
    }
  }

  rename(from: string, to: string): void {
    const source = this.#parentOf(from, `rename to ${to}`);
    const entry = source.folder.get(source.name);
    if (entry === undefined) throw failure('ENOENT', `rename to ${to}`, from);
    if (to.startsWith(`${from}/`)) throw failure('EOTHER', `rename to ${to}`, from, 'it is in itself');
    const target = this.#parentOf(to, `rename to ${to}`, from);
    const replaced = target.folder.get(target.name);
    if (replaced === entry) return;
    if (replaced !== undefined) assertReplaceable(entry, replaced, from, to);
    const gone = { name: source.name, entry: undefined };
    const come = { name: target.name, entry };
    if (source.folder === target.folder) {
      source.folder.change(gone, come);
    } else {
      target.folder.change(come);
      source.folder.change(gone);
    }
  }

  remove(path: string): void {
    const { folder, name } = this.#parentOf(path, 'remove');
    const entry = folder.get(name);
    if (entry === undefined) throw failure('ENOENT', 'remove', path);
    if (entry.kind === 'directory') throw failure('EOTHER', 'remove', path, 'it is a folder');
    folder.change({ name, entry: undefined });
  }

  removeDirectory(path: string): void {
    const entry = this.#find(path);
    if (entry === undefined) return;
    if (entry.kind === 'file') throw failure('ENOTDIR', 'remove folder', path);
    const { folder, name } = this.#parentOf(path, 'remove folder');
    folder.change({ name, entry: undefined });
  }

  syncDirectory(path: string): void {
    this.#folderAt(path, 'sync folder').sync();
  }

  losePower(random: Random): void {
    this.#root.losePower(random);
  }

  /** The bytes in all files. */
  usedBytes(folder: Folder = this.#root): number {
    let bytes = 0;
    for (const entry of folder.entries()) bytes += entry.kind === 'file' ? entry.length : this.usedBytes(entry);
    return bytes;
  }

  /** What stands at `path`; undefined also when a folder above is missing or a file. */
  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const name of namesIn(path)) {
      if (entry?.kind !== 'directory') return undefined;
      entry = entry.get(name);
    }
    return entry;
  }

  #folderAt(path: string, action: string): Folder {
    return this.#walk(namesIn(path), action, path);
  }

  /** The folder of a path, and the name in it. A failure is told of `subject`, which is the path itself but in a rename. */
  #parentOf(path: string, action: string, subject = path): { folder: Folder; name: string } {
    const names = namesIn(path);
    const name = names.pop();
    if (name === undefined) throw failure('EOTHER', action, subject, 'it is the root');
    return { folder: this.#walk(names, action, subject), name };
  }

  #walk(names: readonly string[], action: string, subject: string): Folder {
    let folder = this.#root;
    for (const name of names) {
      const entry = folder.get(name);
      if (entry === undefined) throw failure('ENOENT', action, subject);
      if (entry.kind === 'file') throw failure('ENOTDIR', action, subject);
      folder = entry;
    }
    return folder;
  }
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function assertReplaceable(entry: Entry, replaced: Entry, from: string, to: string): void {
  const action = `rename to ${to}`;
  if (replaced.kind === 'directory') {
    if (entry.kind === 'file') throw failure('EOTHER', action, from, 'a folder is there');
    if (replaced.size > 0) throw failure('ENOTEMPTY', action, from);
  } else if (entry.kind === 'directory') {
    throw failure('ENOTDIR', action, from);
  }
}

const reasons: Readonly<Record<DiskErrorCode, string>> = {
  ENOENT: 'no such file or folder',
  EEXIST: 'it exists',
  ENOSPC: 'no space left',
  EIO: 'the disk failed',
  EACCES: 'not allowed',
  ENOTDIR: 'a file is where a folder should be',
  ENOTEMPTY: 'the folder is not empty',
  EOTHER: 'it failed',
};

export function failure(code: DiskErrorCode, action: string, path: string, reason = reasons[code]): DiskError {
  return new DiskError(code, path, `Cannot ${action} ${path}: ${reason} (${code})`);
}
