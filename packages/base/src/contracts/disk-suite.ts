import { describe, expect, test } from 'vitest';
import { type Disk, DiskError, type DiskErrorCode, replaceFile } from '../disk.ts';
import type { Run } from './subject.ts';

export interface DiskSubject {
  readonly disk: Disk;
  /** An empty folder for the test. */
  readonly folder: string;
  readonly run: Run;
}

type Check = (promise: string, body: (disk: Disk, folder: string) => Promise<void>) => void;

/** What every Disk must do. Call it from the test of each implementation. */
export function diskSuite(name: string, open: () => Promise<DiskSubject>): void {
  const check: Check = (promise, body) =>
    test(promise, async () => {
      const { disk, folder, run } = await open();
      await run(() => body(disk, folder));
    });

  describe(`${name} keeps the Disk contract`, () => {
    describe('for bytes', () => checkBytes(check));
    describe('for the length of a file', () => checkLength(check));
    describe('for opening and closing', () => checkOpening(check));
    describe('for names', () => checkNames(check));
    describe('for renaming and removing', () => checkMoves(check));
    describe('for locks', () => checkLocks(check));
  });
}

function checkBytes(check: Check): void {
  check('reads back what was written, chunk after chunk', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    await file.write([bytes('one '), bytes(''), bytes('two ')], 0);
    await file.write([bytes('three')], 8);
    expect(text(await file.read(0, 13))).toBe('one two three');
    expect(text(await disk.readFile(`${folder}/a`))).toBe('one two three');
    await file.close();
  });

  check('writes many thousand chunks in one call', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    const chunks = Array.from({ length: 5_000 }, (_, index) => bytes(`${index},`));
    await file.write(chunks, 3);
    expect((await file.read(3, 100_000)).equals(Buffer.concat(chunks))).toBe(true);
    await file.close();
  });

  check('writes over the middle and leaves the rest', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    await file.write([bytes('abcdef')], 0);
    await file.write([bytes('XY')], 2);
    expect(text(await file.read(0, 6))).toBe('abXYef');
    await file.close();
  });

  check('reads fewer bytes at the end of the file and none beyond it', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    await file.write([bytes('abc')], 0);
    expect(text(await file.read(1, 10))).toBe('bc');
    expect(await file.read(3, 10)).toHaveLength(0);
    expect(await file.read(0, 0)).toHaveLength(0);
    await file.close();
  });

  check('gives each reader bytes of its own', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    await file.write([bytes('abc')], 0);
    (await file.read(0, 3)).fill(0);
    expect(text(await file.read(0, 3))).toBe('abc');
    await file.close();
  });
}

function checkLength(check: Check): void {
  check('fills the gap before a far write with zeros', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    await file.write([bytes('x')], 3);
    expect(await file.read(0, 4)).toEqual(Buffer.from([0, 0, 0, 120]));
    await file.close();
  });

  check('truncates, and grows with zeros', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    await file.write([bytes('abcdef')], 0);
    await file.truncate(2);
    expect(await file.size()).toBe(2);
    await file.truncate(4);
    await file.sync();
    expect(await file.read(0, 9)).toEqual(Buffer.from([97, 98, 0, 0]));
    await file.close();
  });

  check('replaces a small file whole', async (disk, folder) => {
    await replaceFile(disk, `${folder}/a`, bytes('a long first version'));
    await replaceFile(disk, `${folder}/a`, bytes('second'));
    expect(text(await disk.readFile(`${folder}/a`))).toBe('second');
    expect(await disk.list(folder)).toEqual(['a']);
  });
}

function checkOpening(check: Check): void {
  check('opens a missing file only when asked to create it', async (disk, folder) => {
    await expectFailure(disk.open(`${folder}/a`), 'ENOENT', `${folder}/a`);
    await expectFailure(disk.open(`${folder}/a`, { readOnly: true }), 'ENOENT', `${folder}/a`);
    await expectFailure(disk.open(`${folder}/no/a`, { create: true }), 'ENOENT', `${folder}/no/a`);
    expect(await disk.list(folder)).toEqual([]);
  });

  check('opens what is there without touching it', async (disk, folder) => {
    await put(disk, `${folder}/a`, 'abc');
    const file = await disk.open(`${folder}/a`, { create: true });
    expect(await file.size()).toBe(3);
    await file.close();
  });

  check('refuses an exclusive open of what is there', async (disk, folder) => {
    await (await disk.open(`${folder}/a`, { create: true, exclusive: true })).close();
    await expectFailure(disk.open(`${folder}/a`, { create: true, exclusive: true }), 'EEXIST', `${folder}/a`);
  });

  check('does not write through a file opened for reading', async (disk, folder) => {
    await put(disk, `${folder}/a`, 'abc');
    const file = await disk.open(`${folder}/a`, { readOnly: true });
    await expectFailure(file.write([bytes('x')], 0), 'EOTHER', `${folder}/a`);
    expect(text(await file.read(0, 3))).toBe('abc');
    await file.close();
  });

  check('fails on a closed file and takes a second close', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    await file.close();
    await file.close();
    await expectFailure(file.read(0, 1), 'EOTHER', `${folder}/a`);
    await expectFailure(file.write([bytes('x')], 0), 'EOTHER', `${folder}/a`);
    await expectFailure(file.sync(), 'EOTHER', `${folder}/a`);
  });

  check('finishes what is under way before it closes', async (disk, folder) => {
    const file = await disk.open(`${folder}/a`, { create: true });
    const chunks = Array.from({ length: 5_000 }, () => Buffer.alloc(800, 1));
    const written = file.write(chunks, 0);
    const closed = file.close();
    await written;
    await closed;
    expect((await disk.stat(`${folder}/a`))?.bytes).toBe(4_000_000);
  });
}

function checkNames(check: Check): void {
  check('lists names in order and tells what stands where', async (disk, folder) => {
    await put(disk, `${folder}/b`, 'bb');
    await put(disk, `${folder}/a`, 'a');
    await disk.makeDirectory(`${folder}/c`);
    expect(await disk.list(folder)).toEqual(['a', 'b', 'c']);
    expect(await disk.stat(`${folder}/b`)).toEqual({ kind: 'file', bytes: 2 });
    expect(await disk.stat(`${folder}/c`)).toEqual({ kind: 'directory', bytes: 0 });
    expect(await disk.stat(`${folder}/d`)).toBeUndefined();
    expect(await disk.stat(`${folder}/a/below`)).toBeUndefined();
    await expectFailure(disk.list(`${folder}/d`), 'ENOENT', `${folder}/d`);
    await expectFailure(disk.list(`${folder}/a`), 'ENOTDIR', `${folder}/a`);
    await expectFailure(disk.readFile(`${folder}/d`), 'ENOENT', `${folder}/d`);
  });

  check('makes folders with those above, also when they are there', async (disk, folder) => {
    await disk.makeDirectory(`${folder}/x/y/z`);
    await disk.makeDirectory(`${folder}/x/y`);
    await disk.syncDirectory(`${folder}/x/y`);
    expect(await disk.list(`${folder}/x/y`)).toEqual(['z']);
    await put(disk, `${folder}/a`, 'a');
    await expectFailure(disk.makeDirectory(`${folder}/a`), 'EEXIST', `${folder}/a`);
    await expectFailure(disk.makeDirectory(`${folder}/a/b`), 'ENOTDIR', `${folder}/a/b`);
    await expectFailure(disk.syncDirectory(`${folder}/no`), 'ENOENT', `${folder}/no`);
    await expectFailure(disk.syncDirectory(`${folder}/a`), 'ENOTDIR', `${folder}/a`);
  });
}

function checkMoves(check: Check): void {
  check('renames files and folders, replacing a file', async (disk, folder) => {
    await put(disk, `${folder}/a`, 'new');
    await put(disk, `${folder}/b`, 'old');
    await disk.rename(`${folder}/a`, `${folder}/b`);
    expect(text(await disk.readFile(`${folder}/b`))).toBe('new');
    await disk.makeDirectory(`${folder}/c`);
    await disk.rename(`${folder}/b`, `${folder}/c/b`);
    await disk.rename(`${folder}/c`, `${folder}/d`);
    expect(await disk.list(folder)).toEqual(['d']);
    expect(await disk.list(`${folder}/d`)).toEqual(['b']);
  });

  check('refuses a rename that would lose something', async (disk, folder) => {
    await expectFailure(disk.rename(`${folder}/a`, `${folder}/b`), 'ENOENT', `${folder}/a`);
    await put(disk, `${folder}/a`, 'a');
    await disk.makeDirectory(`${folder}/full`);
    await put(disk, `${folder}/full/b`, 'b');
    await disk.makeDirectory(`${folder}/other`);
    await expectFailure(disk.rename(`${folder}/other`, `${folder}/full`), 'ENOTEMPTY', `${folder}/other`);
    await expectFailure(disk.rename(`${folder}/other`, `${folder}/a`), 'ENOTDIR', `${folder}/other`);
    await expectFailure(disk.rename(`${folder}/a`, `${folder}/full`), 'EOTHER', `${folder}/a`);
    await expectFailure(disk.rename(`${folder}/full`, `${folder}/full/in`), 'EOTHER', `${folder}/full`);
    await expectFailure(disk.rename(`${folder}/a`, `${folder}/no/a`), 'ENOENT', `${folder}/a`);
  });

  check('removes a file while it is open, and leaves its reader be', async (disk, folder) => {
    await put(disk, `${folder}/a`, 'abc');
    const file = await disk.open(`${folder}/a`);
    await disk.remove(`${folder}/a`);
    expect(await disk.list(folder)).toEqual([]);
    expect(text(await file.read(0, 3))).toBe('abc');
    await file.close();
    await expectFailure(disk.remove(`${folder}/a`), 'ENOENT', `${folder}/a`);
  });

  check('removes a folder with all in it, and no file by that way', async (disk, folder) => {
    await disk.makeDirectory(`${folder}/x/y`);
    await put(disk, `${folder}/x/y/a`, 'a');
    await disk.removeDirectory(`${folder}/x`);
    await disk.removeDirectory(`${folder}/x`);
    expect(await disk.list(folder)).toEqual([]);
    await put(disk, `${folder}/a`, 'a');
    await expectFailure(disk.removeDirectory(`${folder}/a`), 'ENOTDIR', `${folder}/a`);
  });
}

function checkLocks(check: Check): void {
  check('gives a lock to one at a time, within a process too', async (disk, folder) => {
    const lock = await disk.lock(`${folder}/.lock`);
    await expectFailure(disk.lock(`${folder}/.lock`), 'EEXIST', `${folder}/.lock`);
    await lock.release();
    await lock.release();
    const next = await disk.lock(`${folder}/.lock`);
    await lock.release(); // An old lock does not release a new one.
    await expectFailure(disk.lock(`${folder}/.lock`), 'EEXIST', `${folder}/.lock`);
    await next.release();
  });

  check('gives a lock that many ask for to exactly one', async (disk, folder) => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => disk.lock(`${folder}/.lock`)));
    const given = asked.filter((result) => result.status === 'fulfilled');
    expect(given).toHaveLength(1);
    await given[0]!.value.release();
  });

  check('locks a file that is there, as another program leaves it', async (disk, folder) => {
    await put(disk, `${folder}/.lock`, '');
    const lock = await disk.lock(`${folder}/.lock`);
    await lock.release();
  });

  check('tells of a missing folder', async (disk, folder) => {
    await expectFailure(disk.lock(`${folder}/no/.lock`), 'ENOENT', `${folder}/no/.lock`);
  });
}

async function put(disk: Disk, path: string, content: string): Promise<void> {
  const file = await disk.open(path, { create: true });
  await file.write([bytes(content)], 0);
  await file.close();
}

async function expectFailure(result: Promise<unknown>, code: DiskErrorCode, path: string): Promise<void> {
  const error = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DiskError);
  expect(error).toMatchObject({ code, path, message: expect.stringContaining(path) });
}

function bytes(content: string): Buffer {
  return Buffer.from(content);
}

function text(content: Buffer): string {
  return content.toString();
}
