import { assert } from '../assert.ts';
import type { DiskFile } from '../disk.ts';
import type { DiskMachine, FailingOperation } from './disk-machine.ts';
import type { FileContent } from './file-content.ts';
import type { Life } from './life.ts';
import { failure } from './volume.ts';

/** An open file of one life of a node. */
export class SimFile implements DiskFile {
  readonly path: string;
  readonly #content: FileContent;
  readonly #isReadOnly: boolean;
  readonly #life: Life;
  readonly #machine: DiskMachine;
  #isClosed = false;

  constructor(path: string, content: FileContent, isReadOnly: boolean, life: Life, machine: DiskMachine) {
    this.path = path;
    this.#content = content;
    this.#isReadOnly = isReadOnly;
    this.#life = life;
    this.#machine = machine;
  }

  read(position: number, length: number): Promise<Buffer> {
    assertPosition(position);
    return this.#operate('read', () => {
      this.#failIfDrawn('read');
      return this.#content.read(position, length);
    });
  }

  write(chunks: readonly Buffer[], position: number): Promise<void> {
    assertPosition(position);
    const { onEnd, random } = this.#life;
    // A process that dies in a write has written some of it.
    const writeSome = () => this.#writePart(chunks, position, random.below(bytesIn(chunks) + 1));
    if (!this.#isClosed && !this.#isReadOnly) onEnd.add(writeSome);
    return this.#operate('write', () => {
      onEnd.delete(writeSome);
      this.#assertWritable('write');
      const code = this.#machine.faultOf('write', random);
      if (code !== undefined) {
        writeSome();
        throw failure(code, 'write', this.path);
      }
      this.#writeWhatFits(chunks, position);
    });
  }

  sync(): Promise<void> {
    return this.#operate('sync', () => {
      try {
        this.#failIfDrawn('sync');
      } catch (error) {
        this.#content.forgetDirty();
        throw error;
      }
      this.#content.sync();
    });
  }

  truncate(length: number): Promise<void> {
    return this.#operate('truncate', () => {
      this.#assertWritable('truncate');
      this.#content.truncate(length);
    });
  }

  size(): Promise<number> {
    return this.#operate('size', () => this.#content.length);
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const closed = this.#operate('close', () => {});
    this.#isClosed = true;
    return closed;
  }

  #operate<Value>(action: string, act: () => Value): Promise<Value> {
    if (this.#isClosed) return Promise.reject(failure('EOTHER', action, this.path, 'the file is closed'));
    const { latencyMs, syncMs } = this.#machine.faults;
    return this.#life.perform(`${action} ${this.path}`, action === 'sync' ? syncMs : latencyMs, act);
  }

  #writeWhatFits(chunks: readonly Buffer[], position: number): void {
    const bytes = bytesIn(chunks);
    const growth = Math.max(0, position + bytes - this.#content.length);
    const missing = growth - this.#machine.room(growth);
    this.#writePart(chunks, position, Math.max(0, bytes - missing));
    if (missing > 0) throw failure('ENOSPC', 'write', this.path);
  }

  #writePart(chunks: readonly Buffer[], position: number, bytes: number): void {
    const part = bytes === bytesIn(chunks) ? chunks : [Buffer.concat(chunks, bytes)];
    this.#content.write(part, position);
  }

  #failIfDrawn(operation: FailingOperation): void {
    const code = this.#machine.faultOf(operation, this.#life.random);
    if (code !== undefined) throw failure(code, operation, this.path);
  }

  #assertWritable(action: string): void {
    if (this.#isReadOnly) throw failure('EOTHER', action, this.path, 'it was opened for reading');
  }
}

function bytesIn(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function assertPosition(position: number): void {
  assert(position >= 0, `A position in a file must be 0 or more, got ${position}`);
}
