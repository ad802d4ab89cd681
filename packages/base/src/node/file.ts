import * as fs from 'node:fs';
import { assert } from '../assert.ts';
import { DiskError, type DiskFile } from '../disk.ts';
import { diskErrorFrom } from './disk-error.ts';
import type { SystemError } from './system-error.ts';
import { type WriteVector, writeAll } from './write-all.ts';

/** The most that one read call asks for; Node refuses 2^31 and more. */
const readBytesMax = 2 ** 30;

/**
 * A file descriptor. It speaks to the callback API, which costs half of what `fs/promises` does, and therefore counts
 * its own calls: a descriptor that were closed under a running write could already be another file's.
 */
export class NodeFile implements DiskFile {
  readonly path: string;
  readonly #fd: number;
  readonly #writev: WriteVector;
  #callsInFlight = 0;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
    this.#writev = (chunks, position, done) => fs.writev(fd, chunks, position, done);
  }

  read(position: number, length: number): Promise<Buffer> {
    assertPosition(position);
    return this.#call('read', (done) => {
      // Not from the shared pool: a small buffer that is kept would keep a whole slab.
      readFully(this.#fd, Buffer.allocUnsafeSlow(length), position, done);
    });
  }

  write(chunks: readonly Buffer[], position: number): Promise<void> {
    assertPosition(position);
    return this.#call('write', (done) => writeAll(this.#writev, chunks, position, done));
  }

  sync(): Promise<void> {
    return this.#call('sync', (done) => fs.fdatasync(this.#fd, done));
  }

  truncate(length: number): Promise<void> {
    return this.#call('truncate', (done) => fs.ftruncate(this.#fd, length, done));
  }

  size(): Promise<number> {
    return this.#call('read the size of', (done) => fs.fstat(this.#fd, (error, stats) => done(error, stats?.size)));
  }

  /** Closes once the calls in flight are done; calling it again waits for the same close. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#callsInFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    await new Promise<void>((resolve, reject) => {
      fs.close(this.#fd, (error) => (error ? reject(diskErrorFrom(error, 'close', this.path)) : resolve()));
    });
  }

  #call<Value>(action: string, start: (done: Done<Value>) => void): Promise<Value> {
    if (this.#closing !== undefined) {
      return Promise.reject(new DiskError('EOTHER', this.path, `Cannot ${action} ${this.path}: the file is closed`));
    }
    this.#callsInFlight += 1;
    return new Promise<Value>((resolve, reject) => {
      start((error, value) => {
        this.#callsInFlight -= 1;
        if (this.#callsInFlight === 0) this.#whenIdle?.();
        if (error) reject(diskErrorFrom(error, action, this.path));
        else resolve(value as Value);
      });
    });
  }
}

/** Node takes a negative position for "where the last call ended". */
function assertPosition(position: number): void {
  assert(position >= 0, `A position in a file must be 0 or more, got ${position}`);
}

type Done<Value> = (error: SystemError | null, value?: Value) => void;

function readFully(fd: number, buffer: Buffer, position: number, done: Done<Buffer>): void {
  let filled = 0;
  const readSome = () => {
    const length = Math.min(buffer.length - filled, readBytesMax);
    fs.read(fd, buffer, filled, length, position + filled, (error, bytes) => {
      if (error) return done(error);
      filled += bytes;
      if (bytes === 0 || filled === buffer.length) done(null, buffer.subarray(0, filled));
      else readSome();
    });
  };
  readSome();
}
