import { expect, test } from 'vitest';
import type { Connection } from '../network.ts';
import { createSimulation, type Simulation } from './simulation.ts';

const address = { host: 'server', port: 9_000 };

/** Both ends of a connection from `client` to `server`, with what arrives at the server. */
async function connected(sim: Simulation): Promise<{ client: Connection; arrived: string[] }> {
  const arrived: string[] = [];
  const accept = (connection: Connection) => {
    connection.onEvent = (event) => {
      arrived.push(event.type === 'data' ? String(event.chunk) : event.type);
    };
  };
  await sim.complete(sim.platform('server').network.listen(address, accept));
  const client = await sim.complete(sim.platform('client').network.connect(address));
  return { client, arrived };
}

test('a stopped process has what came meanwhile when it goes on, in its order', async () => {
  const sim = createSimulation({ seed: 1 });
  const { client, arrived } = await connected(sim);
  const server = sim.platform('server');
  server.timers.after(10, () => arrived.push('timer'));
  server.stop();
  client.write([Buffer.from('a')]);
  await sim.advance(20);
  client.write([Buffer.from('b')]);
  await sim.advance(20);
  expect(arrived).toEqual([]);
  server.resume();
  client.write([Buffer.from('c')]);
  await sim.advance(20);
  expect(arrived).toEqual(['a', 'b', 'timer', 'c']);
});

test('a stopped process takes connections, and serves them when it goes on', async () => {
  const sim = createSimulation({ seed: 1 });
  const { arrived } = await connected(sim);
  sim.platform('server').stop();
  const second = await sim.complete(sim.platform('client').network.connect(address));
  second.write([Buffer.from('a')]);
  await sim.advance(20);
  sim.platform('server').resume();
  await sim.advance(20);
  expect(arrived).toEqual(['a']);
});

test('a write of a stopped process reaches the disk, and the process learns of it later', async () => {
  const sim = createSimulation({ seed: 1 });
  const node = sim.platform('node');
  const file = await sim.complete(node.disk.open('/f', { create: true }));
  const order: string[] = [];
  void file.write([Buffer.from('a')], 0).then(() => order.push('told'));
  node.stop();
  await sim.advance(20);
  expect(order).toEqual([]);
  node.resume();
  await sim.advance(1);
  expect(order).toEqual(['told']);
});

test('a trap springs before the operation that it names, or after', async () => {
  for (const moment of ['before', 'after'] as const) {
    const sim = createSimulation({ seed: 1 });
    const node = sim.platform('node');
    await sim.complete(node.disk.makeDirectory('/a'));
    await sim.complete(node.disk.syncDirectory('/'));
    node.trap({
      matches: (operation) => operation.startsWith('make'),
      nth: 2,
      moment,
      spring: () => node.crash(),
    });
    await sim.complete(node.disk.makeDirectory('/b'));
    void node.disk.makeDirectory('/c');
    await sim.advance(20);
    expect(node.isAlive).toBe(false);
    const left = await sim.complete(sim.platform('node').disk.list('/'));
    expect(left).toEqual(moment === 'before' ? ['a', 'b'] : ['a', 'b', 'c']);
  }
});

test('a hold delays one direction between two nodes, and connects', async () => {
  const sim = createSimulation({ seed: 1 });
  const { client, arrived } = await connected(sim);
  sim.network.hold({ from: 'client', to: 'server', ms: 100 });
  client.write([Buffer.from('a')]);
  const connecting = sim.platform('client').network.connect(address);
  await sim.advance(99);
  expect(arrived).toEqual([]);
  await sim.complete(connecting);
  expect(sim.elapsedMs).toBeGreaterThanOrEqual(100);
  await sim.advance(5);
  expect(arrived).toEqual(['a']);
  sim.network.hold({ from: 'client', ms: 1_000 });
  sim.network.release();
  client.write([Buffer.from('b')]);
  await sim.advance(5);
  expect(arrived).toEqual(['a', 'b']);
});

test('bytes of a stalled connection arrive after its sender has closed it', async () => {
  const sim = createSimulation({ seed: 1 });
  const { client, arrived } = await connected(sim);
  sim.network.connections[0]?.stall(500);
  client.write([Buffer.from('late')]);
  client.destroy();
  await sim.advance(499);
  expect(arrived).toEqual([]);
  await sim.advance(10);
  expect(arrived).toEqual(['late', 'close']);
});

test('wall-clock time may run slow, stand still and go on', async () => {
  const sim = createSimulation({ seed: 1, startMs: 0 });
  const { clock } = sim.platform();
  await sim.advance(10);
  clock.run(0);
  await sim.advance(10);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([10, 20]);
  clock.run(0.5);
  await sim.advance(10);
  expect(clock.nowMs()).toBe(15);
  sim.platform().crash();
  expect(sim.platform().clock.nowMs()).toBe(15);
});
