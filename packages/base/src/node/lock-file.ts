import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { DiskError, type DiskLock } from '../disk.ts';
import { diskErrorFrom } from './disk-error.ts';
import type { SystemError } from './system-error.ts';

/**
 * Takes a lock by a file that names its holder as `pid start token`. Node has no `flock`, so the file appears whole, by
 * a hard link that fails when the name is taken, and who finds a dead holder's file may remove it only under a second
 * lock named after that holder: two processes that find it at once cannot remove each other's fresh locks.
 *
 * Processes must see each other's pids for it to work: two containers that share a folder but not their pids do not.
 */
export async function takeLock(path: string): Promise<DiskLock> {
  const token = randomBytes(8).toString('hex');
  const own = `${process.pid} ${startOf(process.pid)} ${token}\n`;
  try {
    while (!(await claim(path, own, token))) {
      const holder = await contentOf(path);
      if (holder !== undefined) await removeIfDead(path, holder);
    }
  } catch (error) {
    throw error instanceof DiskError ? error : diskErrorFrom(error, 'lock', path);
  }
  return { release: () => release(path, own) };
}

/** Whether the lock is ours now; false when another file stands there. */
async function claim(path: string, own: string, token: string): Promise<boolean> {
  const draft = `${path}.${token}`;
  await writeFile(draft, own, { flag: 'wx' });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as SystemError).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function removeIfDead(path: string, holder: string): Promise<void> {
  const [pid, start, token] = /^(\d+) (\S+) ([0-9a-f]+)\n$/.exec(holder)?.slice(1) ?? [];
  if (pid !== undefined && startOf(Number(pid)) === start) {
    throw new DiskError('EEXIST', path, `Cannot lock ${path}: process ${pid} holds it`);
  }
  // A file that names no holder was left by a power loss, or by Kafka, which locks an empty file.
  const takeOver = await takeLock(`${path}.${token ?? 'unnamed'}.stale`);
  try {
    if ((await contentOf(path)) === holder) await unlink(path);
  } finally {
    await takeOver.release();
  }
}

async function release(path: string, own: string): Promise<void> {
  try {
    if ((await contentOf(path)) === own) await unlink(path);
  } catch (error) {
    throw diskErrorFrom(error, 'unlock', path);
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if ((error as SystemError).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Which of all processes that ever had this pid has it now; undefined when none has. Pids come again, soonest in
 * containers, where the first process always has the same.
 */
function startOf(pid: number): string | undefined {
  if (!isRunning(pid)) return undefined;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    return state === 'Z' ? undefined : `${boot}:${startTicks}`;
  } catch {
    return 'unknown'; // No /proc here: the pid alone must do.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as SystemError).code === 'EPERM';
  }
}
