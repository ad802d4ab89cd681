/** What went wrong with a file, in the terms that callers decide by. */
export type DiskErrorCode = 'ENOENT' | 'EEXIST' | 'ENOSPC' | 'EIO' | 'EACCES' | 'ENOTDIR' | 'ENOTEMPTY' | 'EOTHER';

/** A failed operation on a disk. `code` tells which; `path` tells where. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/**
 * Files and folders. Paths are absolute and use `/`. Every method rejects with {@link DiskError}.
 *
 * What survives power loss: bytes before a resolved {@link DiskFile.sync}, and names (created, renamed, removed) before a
 * resolved {@link Disk.syncDirectory} of their folder. Nothing else is promised.
 */
export interface Disk {
  /**
   * Opens a file for reading and writing. `create: true` makes it when it is missing; `exclusive: true` with it fails
   * with `EEXIST` when it is there. `readOnly: true` opens for reading alone.
   */
  open(path: string, options?: { create?: boolean; exclusive?: boolean; readOnly?: boolean }): Promise<DiskFile>;
  /** The whole file. Only for files that are known to be small. */
  readFile(path: string): Promise<Buffer>;
  /** Names in a folder, sorted. */
  list(path: string): Promise<string[]>;
  /** What stands at `path`, or undefined when nothing does. */
  stat(path: string): Promise<{ kind: 'file' | 'directory'; bytes: number } | undefined>;
  /** Makes a folder and the folders above it. Does nothing when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Renames a file or folder, replacing a file at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** Removes a folder with all that is in it. Does nothing when it is missing. */
  removeDirectory(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncDirectory(path: string): Promise<void>;
  /**
   * Takes a lock on a file that other processes respect, made when missing, and held until `release` or the end of
   * the process. Rejects with `EEXIST` when a live process holds it.
   */
  lock(path: string): Promise<DiskLock>;
}

export interface DiskLock {
  release(): Promise<void>;
}

/** An open file. Callers keep their writes to one file in order themselves: positions are explicit. */
export interface DiskFile {
  readonly path: string;
  /** Reads up to `length` bytes at `position`; fewer at the end of the file. The buffer is the caller's own. */
  read(position: number, length: number): Promise<Buffer>;
  /** Writes all of `chunks`, one after the other, from `position`. They must not change until it resolves. */
  write(chunks: readonly Buffer[], position: number): Promise<void>;
  /** Makes the bytes and the length durable (fdatasync). After a rejection the file must not be trusted or synced again. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The folder part of a path. */
export function directoryOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}

/**
 * Replaces a small file so that after any crash either the old or the new content is there: temporary file, sync,
 * rename, sync of the folder.
 */
export async function replaceFile(disk: Disk, path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await disk.open(temporary, { create: true });
  try {
    await file.truncate(0);
    await file.write([content], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(directoryOf(path));
}
