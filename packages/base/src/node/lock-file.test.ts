import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock } from './lock-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/nagare-lock-`);
  path = `${folder}/.lock`;
});

afterEach(() => rmSync(folder, { recursive: true }));

test('the lock names its holder and is gone after its release', async () => {
  const lock = await takeLock(path);
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock of a live process is refused by its pid, until that process is killed', async () => {
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const lock = await takeLock(path);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+ \S+/, `${holder.pid} ${startOf(holder.pid!)}`));
  await expect(takeLock(path)).rejects.toMatchObject({
    code: 'EEXIST',
    message: `Cannot lock ${path}: process ${holder.pid} holds it`,
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await (await takeLock(path)).release();
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a process that was given the pid of a dead holder does not hold its lock', async () => {
  writeFileSync(path, `${process.pid} another-boot:123 00ff\n`);
  await (await takeLock(path)).release();
});

test('of many that find the lock of a dead holder, at once or one step apart, one gets it', async () => {
  const askAfter = async (steps: number) => {
    for (let step = 0; step < steps; step++) await access(folder);
    return takeLock(path);
  };
  for (let round = 0; round < 40; round++) {
    writeFileSync(path, `${process.pid} another-boot:${round} 00ff\n`);
    const asked = await Promise.allSettled([0, 0, 1, 2, 3, 4, 5, 6, 7].map((steps) => askAfter(steps * (round % 4))));
    const given = asked.filter((result) => result.status === 'fulfilled');
    expect(given).toHaveLength(1);
    await given[0]!.value.release();
  }
  expect(readdirSync(folder)).toEqual([]);
});

function startOf(pid: number): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}:${readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]}`;
}
