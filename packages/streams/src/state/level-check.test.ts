import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32c } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLevelSound } from './level-check.ts';

const { disk } = nodePlatform();
let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'nagare-level-check-'));
});
afterEach(() => rmSync(path, { recursive: true }));

/** A record as LevelDB writes it to its logs, short enough for one block. */
function record(content: Buffer): Buffer {
  const framed = Buffer.alloc(7 + content.length);
  framed.writeUInt16LE(content.length, 4);
  framed[6] = 1;
  content.copy(framed, 7);
  const crc = crc32c(framed.subarray(6));
  framed.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, 0);
  return framed;
}

/** A batch of so many changes, the first of which has this sequence number. */
function batch(sequence: number, count: number): Buffer {
  const content = Buffer.alloc(12 + count);
  content.writeBigUInt64LE(BigInt(sequence));
  content.writeUInt32LE(count, 8);
  return record(content);
}

function write(files: Readonly<Record<string, Buffer>>): void {
  writeFileSync(join(path, 'CURRENT'), 'MANIFEST-000002\n');
  // One edit, which says that the log begins with file 3.
  writeFileSync(join(path, 'MANIFEST-000002'), record(Buffer.from([2, 3])));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
}

describe('isLevelSound', () => {
  test('takes a folder without files', async () => {
    expect(await isLevelSound(disk, path)).toBe(true);
  });

  test('takes logs that go on where the one before ends, the last of which may be cut or empty', async () => {
    const last = Buffer.concat([batch(3, 1), batch(4, 2).subarray(0, 15)]);
    write({ '000003.log': batch(1, 2), '000006.log': last, '000009.log': Buffer.alloc(0) });
    expect(await isLevelSound(disk, path)).toBe(true);
  });

  test('refuses a log that lacks its end when another one follows', async () => {
    write({ '000003.log': Buffer.concat([batch(1, 2), batch(3, 1).subarray(0, 15)]), '000006.log': batch(4, 1) });
    expect(await isLevelSound(disk, path)).toBe(false);
  });

  test('refuses an empty log when another one follows', async () => {
    write({ '000003.log': Buffer.alloc(0), '000006.log': batch(4, 1) });
    expect(await isLevelSound(disk, path)).toBe(false);
  });

  test('refuses a manifest whose log is gone, for it is an old one', async () => {
    write({ '000006.log': batch(4, 1) });
    expect(await isLevelSound(disk, path)).toBe(false);
  });

  test('refuses a log with a record that is not what was written', async () => {
    const damaged = batch(1, 2);
    damaged[10] = 1;
    write({ '000003.log': Buffer.concat([damaged, batch(3, 1)]) });
    expect(await isLevelSound(disk, path)).toBe(false);
  });

  test('refuses a pointer to a manifest that is not there', async () => {
    write({ '000003.log': batch(1, 2), CURRENT: Buffer.from('MANIFEST-000003\n') });
    expect(await isLevelSound(disk, path)).toBe(false);
  });
});
