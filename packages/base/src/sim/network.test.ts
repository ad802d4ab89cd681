import { describe, expect, test } from 'vitest';
import { Conversation } from '../contracts/conversation.ts';
import { createSimulation, type Simulation } from './simulation.ts';

const address = { host: 'server', port: 9092 };

describe('a reset', () => {
  test('on demand closes both sides with an error', async () => {
    const { sim, client, server } = await connected(1);
    expect(sim.network.connections).toMatchObject([{ client: 'client', server: 'server', address }]);
    sim.network.connections[0]!.reset();
    expect(await sim.complete(client.closed())).toMatchObject({
      code: 'CONNECTION_RESET',
      message: expect.stringContaining('server:9092'),
    });
    expect(await sim.complete(server.closed())).toMatchObject({ code: 'CONNECTION_RESET' });
    expect(sim.network.connections).toEqual([]);
  });

  test('by chance loses the request in some runs and only its answer in others', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const { sim, client, server } = await connected(seed);
      sim.network.faults.resetRate = 1;
      server.connection.onEvent = answeringLater(sim, server);
      client.connection.write([Buffer.from('request')]);
      await sim.complete(client.closed());
      await sim.advance(1_000);
      expect(client.untaken()).toHaveLength(0);
      outcomes.add(server.untaken().toString());
    }
    expect([...outcomes].sort()).toEqual(['', 'request']);
  });

  test('lets a request arrive in some runs after its sender knows of the reset', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { sim, client, server } = await connected(seed);
      client.connection.write([Buffer.from('request')]);
      sim.network.connections[0]!.reset();
      await sim.advance(0);
      const isClientClosed = client.closes === 1;
      await sim.complete(Promise.all([client.closed(), server.closed()]));
      outcomes.add(`${isClientClosed ? 'known' : 'unknown'} ${server.untaken().length > 0 ? 'arrived' : 'lost'}`);
    }
    expect([...outcomes].sort()).toEqual(['known arrived', 'known lost', 'unknown lost']);
  });
});

describe('the end of a node', () => {
  test('by a crash closes its connections and frees its port, for its next life too', async () => {
    const { sim, client } = await connected(1);
    sim.platform('server').crash();
    await sim.complete(client.closed());
    expect(sim.network.connections).toEqual([]);
    const refused = sim.platform('client').network.connect(address);
    await expect(sim.complete(refused)).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' });
    await sim.complete(sim.platform('server').network.listen(address, () => {}));
    await sim.complete(sim.platform('client').network.connect(address));
  });

  test('by power loss is noticed by its peers late, and by an error', async () => {
    const { sim, client } = await connected(1);
    sim.platform('server').powerLoss();
    expect(sim.network.connections).toEqual([]);
    expect(await sim.complete(client.closed())).toMatchObject({ code: 'CONNECTION_RESET' });
    expect(sim.elapsedMs).toBeGreaterThan(100);
  });

  test('stops its timers and everything that it waits for', async () => {
    const sim = createSimulation({ seed: 1 });
    const node = sim.platform('node');
    const happened: string[] = [];
    node.timers.after(1, () => happened.push('timer'));
    node.timers.soon(() => happened.push('soon'));
    node.disk.list('/').then(() => happened.push('list'));
    node.network.connect(address).catch(() => happened.push('refused'));
    node.crash();
    node.timers.after(1, () => happened.push('late timer'));
    await sim.advance(100);
    expect(happened).toEqual([]);
    expect(node.isAlive).toBe(false);
    expect(sim.platform('node')).not.toBe(node);
    expect(sim.platform('node')).toBe(sim.platform('node'));
  });
});

test('cut chunks arrive in pieces and in order', async () => {
  const { sim, client, server } = await connected(3);
  sim.network.faults.cutRate = 1;
  let pieces = 0;
  const take = server.connection.onEvent;
  server.connection.onEvent = (event) => {
    pieces += 1;
    take(event);
  };
  client.connection.write([Buffer.from('in order')]);
  expect((await sim.complete(server.take(8))).toString()).toBe('in order');
  expect(pieces).toBeGreaterThan(1);
});

test('the receiver of bytes may change them', async () => {
  const { sim, client, server } = await connected(1);
  const sent = Buffer.from('sent');
  const changed = new Promise<void>((resolve) => {
    server.connection.onEvent = (event) => {
      if (event.type !== 'data') return;
      event.chunk.fill(0);
      resolve();
    };
  });
  client.connection.write([sent]);
  await sim.complete(changed);
  expect(sent.toString()).toBe('sent');
});

test('a connect can be refused by chance', async () => {
  const { sim } = await connected(1);
  sim.network.faults.refuseRate = 1;
  const refused = sim.platform('client').network.connect(address);
  await expect(sim.complete(refused)).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' });
});

async function connected(seed: number): Promise<{ sim: Simulation; client: Conversation; server: Conversation }> {
  const sim = createSimulation({ seed });
  const accepted: Conversation[] = [];
  const listening = sim.platform('server').network.listen(address, (connection) => {
    accepted.push(new Conversation(connection));
  });
  await sim.complete(listening);
  const client = new Conversation(await sim.complete(sim.platform('client').network.connect(address)));
  return { sim, client, server: accepted[0]! };
}

/** Answers each piece of a request after a while, and keeps it. */
function answeringLater(sim: Simulation, { connection }: Conversation): typeof connection.onEvent {
  const take = connection.onEvent;
  return (event) => {
    take(event);
    if (event.type === 'data') sim.timers.after(1, () => connection.write([Buffer.from('answer')]));
  };
}
