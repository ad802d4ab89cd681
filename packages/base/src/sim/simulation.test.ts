import { describe, expect, test } from 'vitest';
import type { Connection } from '../network.ts';
import { createSimulation, type Simulation, type SimulationOptions } from './simulation.ts';

describe('virtual time', () => {
  test('passes without waiting, for clocks and timers alike', async () => {
    const sim = createSimulation({ seed: 1, startMs: 5_000 });
    const { clock, timers } = sim.platform();
    const woken: number[] = [];
    timers.after(3_600_000, () => woken.push(clock.nowMs()));
    await sim.advance(3_599_999);
    expect(woken).toEqual([]);
    await sim.advance(1);
    expect(woken).toEqual([3_605_000]);
    expect(sim.elapsedMs).toBe(3_600_000);
  });

  test('lets all promises settle before the next event', async () => {
    const sim = createSimulation({ seed: 1 });
    const { timers } = sim.platform();
    const order: string[] = [];
    timers.after(1, async () => {
      for (let step = 0; step < 50; step++) await Promise.resolve();
      order.push('first');
    });
    timers.after(1, () => order.push('second'));
    await sim.advance(1);
    expect(order).toEqual(['first', 'second']);
  });

  test('wall-clock time may jump, monotonic time does not', async () => {
    const sim = createSimulation({ seed: 1, startMs: 0 });
    const { clock } = sim.platform();
    await sim.advance(10);
    clock.jump(-3);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([7, 10]);
  });

  test('tells what never comes, with the seed', async () => {
    const sim = createSimulation({ seed: 77 });
    await expect(sim.runUntil(() => false, { simMsMax: 5 })).rejects.toThrow(
      'Still waiting after 5 ms of simulated time, seed 77; nothing is left that could happen',
    );
    sim.timers.after(10, () => {});
    await expect(sim.complete(new Promise(() => {}), { simMsMax: 5 })).rejects.toThrow(
      /5 ms of simulated time, seed 77$/,
    );
  });

  test('an error in an event ends the run with that error', async () => {
    const sim = createSimulation({ seed: 1 });
    sim.timers.after(1, () => {
      throw new Error('bug');
    });
    await expect(sim.advance(2)).rejects.toThrow('bug');
  });
});

describe('a seed', () => {
  test('decides everything that happens', async () => {
    const [once, again, other] = [await storm({ seed: 5 }), await storm({ seed: 5 }), await storm({ seed: 6 })];
    expect(again.traceHash).toBe(once.traceHash);
    expect(again.answers).toEqual(once.answers);
    expect(other.traceHash).not.toBe(once.traceHash);
  });

  test('shows each event to who traces it', async () => {
    const lines: string[] = [];
    const { traceHash } = await storm({ seed: 5, trace: (line) => lines.push(line) });
    expect(traceHash).toBe((await storm({ seed: 5 })).traceHash);
    expect(lines.filter((line) => line.includes('broker data'))).not.toEqual([]);
    expect(lines.filter((line) => line.includes('broker write /log'))).not.toEqual([]);
  });
});

/** A server that logs and answers, clients that ask 50 times each and reconnect, and all kinds of trouble. */
async function storm(options: SimulationOptions): Promise<{ traceHash: string; answers: string[] }> {
  const sim = createSimulation(options);
  Object.assign(sim.network.faults, { resetRate: 0.05, refuseRate: 0.05, cutRate: 0.3, latencyMs: [0.1, 20] });
  sim.platform('broker').disk.faults.writeErrorRate = 0.02;
  await sim.complete(startLoggingServer(sim));
  const asking = ['a', 'b', 'c'].map((name) => askRepeatedly(sim, name));
  const answers = await sim.complete(Promise.all(asking), { simMsMax: 600_000 });
  return { traceHash: sim.traceHash, answers: answers.flat() };
}

async function startLoggingServer(sim: Simulation): Promise<void> {
  const { disk, network } = sim.platform('broker');
  const file = await disk.open('/log', { create: true });
  let position = 0;
  const answer = async (connection: Connection, chunk: Buffer) => {
    const at = position;
    position += chunk.length;
    const outcome = await file.write([chunk], at).then(
      () => 'ok',
      () => 'failed',
    );
    connection.write([Buffer.from(`${outcome} ${at};`)]);
  };
  await network.listen({ host: 'broker', port: 9092 }, (connection) => {
    connection.onEvent = (event) => {
      if (event.type === 'data') void answer(connection, event.chunk);
    };
  });
}

async function askRepeatedly(sim: Simulation, name: string): Promise<string[]> {
  const { network, timers } = sim.platform(name);
  const answers: string[] = [];
  for (let attempt = 0; attempt < 50; attempt++) {
    const connection = await network.connect({ host: 'broker', port: 9092 }).catch(() => undefined);
    if (connection === undefined) continue;
    connection.write([Buffer.from(`${name}${attempt}`)]);
    const answer = await new Promise<string>((resolve) => {
      timers.after(100, () => resolve('timeout'));
      connection.onEvent = (event) => resolve(event.type === 'data' ? event.chunk.toString() : event.type);
    });
    answers.push(answer);
    connection.destroy();
  }
  return answers;
}
