import { nodePlatform } from '@nagare/base/node';
import { expect, test } from 'vitest';
import { withOwnLocks } from './own-locks.ts';

test('locks are held against the parts of one thread, and by nobody once that is gone', async () => {
  const { disk } = nodePlatform();
  const path = '/nowhere/store.lock';
  const first = withOwnLocks(disk);
  const lock = await first.lock(path);
  await expect(first.lock(path)).rejects.toMatchObject({ code: 'EEXIST' });
  await withOwnLocks(disk).lock(path);
  await lock.release();
  await first.lock(path);
});
