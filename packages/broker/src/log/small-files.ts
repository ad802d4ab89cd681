import { type Disk, DiskError, replaceFile } from '@nagare/base';

/** A small file, or undefined when it is missing. */
export function readIfThere(disk: Disk, path: string): Promise<Buffer | undefined> {
  return unlessMissing(disk.readFile(path));
}

/** A small text file, or undefined when it is missing. */
export async function readText(disk: Disk, path: string): Promise<string | undefined> {
  return (await readIfThere(disk, path))?.toString('utf8');
}

/** Replaces a small text file: after a crash the old or the new one is there, whole. */
export function writeText(disk: Disk, path: string, text: string): Promise<void> {
  return replaceFile(disk, path, Buffer.from(text, 'utf8'));
}

/** Writes a file that nobody relies on after a crash: one that is torn must be found out by its content. */
export async function writeUnsafely(disk: Disk, path: string, content: Buffer): Promise<void> {
  const file = await disk.open(path, { create: true });
  try {
    await file.truncate(0);
    await file.write([content], 0);
  } finally {
    await file.close();
  }
}

/** Makes a file's bytes durable, if it is there. Its name needs a sync of the folder. */
export async function syncIfThere(disk: Disk, path: string): Promise<void> {
  const file = await unlessMissing(disk.open(path));
  if (file === undefined) return;
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes a file, if it is there. */
export function removeIfThere(disk: Disk, path: string): Promise<void> {
  return unlessMissing(disk.remove(path));
}

async function unlessMissing<Value>(operation: Promise<Value>): Promise<Value | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
