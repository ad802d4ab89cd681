import * as fs from 'node:fs';
import * as fsPromises from 'node:fs/promises';
import { type Disk, DiskError } from '../disk.ts';
import { diskErrorFrom } from './disk-error.ts';
import { NodeFile } from './file.ts';
import { takeLock } from './lock-file.ts';
import type { SystemError } from './system-error.ts';

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;

export const nodeDisk: Disk = {
  open(path, options = {}) {
    const access = options.readOnly ? O_RDONLY : O_RDWR;
    const creation = options.create ? O_CREAT | (options.exclusive ? O_EXCL : 0) : 0;
    return new Promise((resolve, reject) => {
      fs.open(path, access | creation, (error, fd) => {
        if (error) reject(diskErrorFrom(error, 'open', path));
        else resolve(new NodeFile(path, fd));
      });
    });
  },

  readFile: (path) => attempt('read', path, () => fsPromises.readFile(path)),

  list: (path) => attempt('list', path, async () => (await fsPromises.readdir(path)).sort()),

  stat: (path) => attempt('look at', path, () => kindAndSize(path)),

  async makeDirectory(path) {
    await attempt('make folder', path, () => fsPromises.mkdir(path, { recursive: true }));
  },

  rename: (from, to) => attempt(`rename to ${to}`, from, () => fsPromises.rename(from, to)),

  remove: (path) => attempt('remove', path, () => fsPromises.unlink(path)),

  async removeDirectory(path) {
    const there = await nodeDisk.stat(path);
    if (there === undefined) return;
    if (there.kind !== 'directory') {
      throw new DiskError('ENOTDIR', path, `Cannot remove folder ${path}: it is a file`);
    }
    await attempt('remove folder', path, () => fsPromises.rm(path, { recursive: true, force: true }));
  },

  syncDirectory: (path) => attempt('sync folder', path, () => syncDirectory(path)),

  lock: takeLock,
};

async function attempt<Value>(action: string, path: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    throw diskErrorFrom(error, action, path);
  }
}

async function kindAndSize(path: string): ReturnType<Disk['stat']> {
  try {
    const stats = await fsPromises.stat(path);
    return { kind: stats.isDirectory() ? 'directory' : 'file', bytes: stats.isDirectory() ? 0 : stats.size };
  } catch (error) {
    const { code } = error as SystemError;
    // A file among the folders of the path: nothing can stand below it.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const folder = await fsPromises.open(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
