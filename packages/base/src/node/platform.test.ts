import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';
import { diskSuite } from '../contracts/disk-suite.ts';
import { networkSuite } from '../contracts/network-suite.ts';
import { runAtOnce } from '../contracts/subject.ts';
import { timersSuite } from '../contracts/timers-suite.ts';
import { nodePlatform } from './platform.ts';

const { clock, disk, network, timers } = nodePlatform();

timersSuite('nodePlatform', () => ({ timers, clock, run: runAtOnce }));

networkSuite('nodePlatform', () => ({ network, run: runAtOnce }));

diskSuite('nodePlatform', async () => {
  const folder = await mkdtemp(`${tmpdir()}/nagare-disk-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  return { disk, folder, run: runAtOnce };
});
