import { expect, test } from 'vitest';
import { DiskError } from '../disk.ts';
import { nodeDisk } from './disk.ts';
import { diskErrorFrom } from './disk-error.ts';

test.each([
  ['ENOENT', 'ENOENT'],
  ['EDQUOT', 'ENOSPC'],
  ['EROFS', 'EACCES'],
  ['EPERM', 'EACCES'],
  ['EIO', 'EIO'],
  ['EMFILE', 'EOTHER'],
])('%s of the system is %s to callers', (system, ours) => {
  const cause = Object.assign(new Error('raw'), { code: system });
  const error = diskErrorFrom(cause, 'open', '/data/a');
  expect(error).toBeInstanceOf(DiskError);
  expect(error).toMatchObject({ code: ours, path: '/data/a', cause });
  expect(error.message).toMatch(/^Cannot open \/data\/a: ./);
});

test('a full disk is told as such', async () => {
  const file = await nodeDisk.open('/dev/full');
  await expect(file.write([Buffer.from('x')], 0)).rejects.toMatchObject({
    code: 'ENOSPC',
    message: 'Cannot write /dev/full: no space left on device (ENOSPC)',
  });
  await file.close();
});

test('a position that Node would misread is a bug of the caller', async () => {
  const file = await nodeDisk.open('/dev/null');
  expect(() => file.write([Buffer.from('x')], -1)).toThrow('0 or more, got -1');
  expect(() => file.read(Number.NaN, 1)).toThrow('0 or more, got NaN');
  await file.close();
});
