import { type Disk, DiskError, type DiskLock, type Random, replaceFile } from '@nagare/base';

/** A name that this process alone has, and that it keeps over restarts where it has a state directory. */
export interface ProcessId {
  readonly id: string;
  release(): Promise<void>;
}

const idBytes = 16;
const idPattern = /^[0-9a-f]{32}$/;

/**
 * Names this process: by a file in the application's state directory, so that a restart ends at once what the process
 * before it left open; by chance when there is no such directory, or another process that lives has its name.
 */
export async function takeProcessId(options: {
  readonly disk: Disk;
  readonly random: Random;
  readonly applicationId: string;
  readonly stateDir: string | undefined;
}): Promise<ProcessId> {
  const { disk, random, applicationId, stateDir } = options;
  const fresh = random.bytes(idBytes).toString('hex');
  if (stateDir === undefined) return { id: fresh, release: async () => undefined };
  const directory = `${stateDir}/${applicationId}`;
  await disk.makeDirectory(directory);
  const lock = await lockOf(disk, `${directory}/process.lock`);
  if (lock === undefined) return { id: fresh, release: async () => undefined };
  const path = `${directory}/process-id`;
  const known = (await disk.stat(path)) === undefined ? '' : String(await disk.readFile(path));
  if (!idPattern.test(known)) await replaceFile(disk, path, Buffer.from(fresh));
  return { id: idPattern.test(known) ? known : fresh, release: () => lock.release() };
}

async function lockOf(disk: Disk, path: string): Promise<DiskLock | undefined> {
  try {
    return await disk.lock(path);
  } catch (error) {
    if (error instanceof DiskError && error.code === 'EEXIST') return undefined;
    throw error;
  }
}
