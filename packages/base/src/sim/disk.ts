import type { Disk, DiskErrorCode, DiskFile, DiskLock } from '../disk.ts';
import type { DiskFaults, DiskMachine, FailingOperation } from './disk-machine.ts';
import { SimFile } from './file.ts';
import type { Life } from './life.ts';
import { failure, type Volume } from './volume.ts';

/** A simulated disk, with the handles that a test works it by. */
export interface SimDisk extends Disk {
  /** Change its fields at any time; they stay through crashes. */
  readonly faults: DiskFaults;
  /** Lets the next operation of a kind fail, EIO unless told otherwise. A write that fails has written a part. */
  failNext(operation: FailingOperation, code?: DiskErrorCode): void;
  /** Forgets what {@link failNext} planned. */
  forgetFailures(): void;
  /** The bytes in all files. */
  usedBytes(): number;
}

/** The disk as one life of the node sees it: operations take time and end with the life. */
export class LifeDisk implements SimDisk {
  readonly #life: Life;
  readonly #machine: DiskMachine;
  /** The lock that is held on a path: an old one must not release a new one. */
  readonly #locks = new Map<string, DiskLock>();

  constructor(life: Life, machine: DiskMachine) {
    this.#life = life;
    this.#machine = machine;
  }

  get faults(): DiskFaults {
    return this.#machine.faults;
  }

  failNext(operation: FailingOperation, code: DiskErrorCode = 'EIO'): void {
    this.#machine.failNext(operation, code);
  }

  forgetFailures(): void {
    this.#machine.forgetFailures();
  }

  usedBytes(): number {
    return this.#machine.volume.usedBytes();
  }

  open(path: string, options: { create?: boolean; exclusive?: boolean; readOnly?: boolean } = {}): Promise<DiskFile> {
    return this.#life.perform(`open ${path}`, this.faults.latencyMs, () => {
      const content = this.#machine.volume.open(path, options);
      return new SimFile(path, content, options.readOnly ?? false, this.#life, this.#machine);
    });
  }

  readFile(path: string): Promise<Buffer> {
    return this.#life.perform(`read ${path}`, this.faults.latencyMs, () => {
      const content = this.#machine.volume.open(path, {});
      const code = this.#machine.faultOf('read', this.#life.random);
      if (code !== undefined) throw failure(code, 'read', path);
      return content.read(0, content.length);
    });
  }

  list(path: string): Promise<string[]> {
    return this.#name(`list ${path}`, (volume) => volume.list(path));
  }

  stat(path: string): ReturnType<Disk['stat']> {
    return this.#name(`stat ${path}`, (volume) => volume.stat(path));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#name(`make ${path}`, (volume) => volume.makeDirectory(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#name(`rename ${from} ${to}`, (volume) => volume.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#name(`remove ${path}`, (volume) => volume.remove(path));
  }

  removeDirectory(path: string): Promise<void> {
    return this.#name(`remove ${path}/`, (volume) => volume.removeDirectory(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#life.perform(`sync ${path}/`, this.faults.syncMs, () => {
      const code = this.#machine.faultOf('sync', this.#life.random);
      if (code !== undefined) throw failure(code, 'sync folder', path);
      this.#machine.volume.syncDirectory(path);
    });
  }

  lock(path: string): Promise<DiskLock> {
    return this.#name(`lock ${path}`, (volume) => {
      if (this.#locks.has(path)) throw failure('EEXIST', 'lock', path, 'a live process holds it');
      volume.open(path, { create: true });
      const lock: DiskLock = { release: () => this.#release(path, lock) };
      this.#locks.set(path, lock);
      return lock;
    });
  }

  #name<Value>(what: string, act: (volume: Volume) => Value): Promise<Value> {
    return this.#life.perform(what, this.faults.latencyMs, () => act(this.#machine.volume));
  }

  #release(path: string, lock: DiskLock): Promise<void> {
    return this.#name(`unlock ${path}`, (volume) => {
      if (this.#locks.get(path) !== lock) return;
      this.#locks.delete(path);
      if (volume.stat(path) !== undefined) volume.remove(path);
    });
  }
}
