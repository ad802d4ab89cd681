import { diskSuite } from '../contracts/disk-suite.ts';
import { networkSuite } from '../contracts/network-suite.ts';
import type { Run } from '../contracts/subject.ts';
import { timersSuite } from '../contracts/timers-suite.ts';
import { createSimulation, type SimPlatform, type Simulation } from './simulation.ts';

timersSuite('createSimulation', () => subject(createSimulation({ seed: 1 })));

networkSuite('createSimulation', () => subject(createSimulation({ seed: 2 })));

networkSuite('createSimulation with cut chunks', () => {
  const sim = createSimulation({ seed: 3 });
  sim.network.faults.cutRate = 0.5;
  return subject(sim);
});

diskSuite('createSimulation', async () => {
  const { disk, run } = subject(createSimulation({ seed: 4 }));
  await run(() => disk.makeDirectory('/folder'));
  return { disk, folder: '/folder', run };
});

function subject(sim: Simulation): SimPlatform & { run: Run } {
  return { ...sim.platform(), run: (body) => sim.complete(body()) };
}
