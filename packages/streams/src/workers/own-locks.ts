import { type Disk, DiskError } from '@nagare/base';

/**
 * A disk for a thread whose folder nobody else uses, because whoever started the thread holds a lock on it. What the thread locks inside
 * is then free again when the thread ends, however it ends: a lock on the disk would outlive it, for the process lives on.
 */
export function withOwnLocks(disk: Disk): Disk {
  const held = new Set<string>();
  return {
    open: (path, options) => disk.open(path, options),
    readFile: (path) => disk.readFile(path),
    list: (path) => disk.list(path),
    stat: (path) => disk.stat(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    removeDirectory: (path) => disk.removeDirectory(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    async lock(path) {
      if (held.has(path)) throw new DiskError('EEXIST', path, `Cannot lock ${path}: this thread holds it`);
      held.add(path);
      return { release: async () => void held.delete(path) };
    },
  };
}
