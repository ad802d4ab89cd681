import { describe, expect, test } from 'vitest';
import type { Address, Connection, Listener, Network, NetworkErrorCode } from '../network.ts';
import { NetworkError } from '../network.ts';
import { Conversation } from './conversation.ts';
import type { Run } from './subject.ts';

export interface NetworkSubject {
  readonly network: Network;
  readonly run: Run;
}

type Check = (promise: string, body: (network: Network) => Promise<void>) => void;

const anyPort: Address = { host: '127.0.0.1', port: 0 };

/** What every Network must do. Call it from the test of each implementation. */
export function networkSuite(name: string, open: () => NetworkSubject): void {
  const check: Check = (promise, body) =>
    test(promise, () => {
      const { network, run } = open();
      return run(() => body(network));
    });

  describe(`${name} keeps the Network contract`, () => {
    describe('for bytes', () => checkBytes(check));
    describe('for closing', () => checkClosing(check));
    describe('for listening', () => checkListening(check));
    describe('for connecting', () => checkConnecting(check));
  });
}

function checkBytes(check: Check): void {
  check('carries chunks in order, both ways', async (network) => {
    const { client, server, listener } = await pairOf(network);
    client.connection.write([bytes('one '), bytes('two ')]);
    client.connection.write([bytes('three')]);
    server.connection.write([bytes('answer')]);
    expect((await server.take(13)).toString()).toBe('one two three');
    expect((await client.take(6)).toString()).toBe('answer');
    await hangUp(listener, client, server);
  });

  check('carries megabytes unchanged, in step with the reader', async (network) => {
    const { client, server, listener } = await pairOf(network);
    const sent = Array.from({ length: 64 }, (_, index) => Buffer.alloc(100_003, index));
    const taking = server.take(64 * 100_003);
    for (const chunk of sent) if (!client.connection.write([chunk])) await client.drained();
    expect((await taking).equals(Buffer.concat(sent))).toBe(true);
    expect(client.connection.unsentBytes).toBe(0);
    await hangUp(listener, client, server);
  });

  check('keeps bytes for a reader that has paused, and says so', async (network) => {
    const { client, server, listener } = await pairOf(network);
    server.connection.pause();
    let sent = 0;
    while (client.connection.write([Buffer.alloc(1_000_000)])) sent += 1_000_000;
    sent += 1_000_000;
    expect(client.connection.unsentBytes).toBeGreaterThan(0);
    const drained = client.drained();
    server.connection.resume();
    expect(await server.take(sent)).toHaveLength(sent);
    await drained;
    expect(client.connection.unsentBytes).toBe(0);
    await hangUp(listener, client, server);
  });

  check('knows both addresses from both sides', async (network) => {
    const { client, server, listener } = await pairOf(network);
    expect(client.connection.remote).toEqual(listener.address);
    expect(server.connection.remote).toEqual(client.connection.local);
    expect(server.connection.local.port).toBe(listener.address.port);
    await hangUp(listener, client, server);
  });
}

function checkClosing(check: Check): void {
  check('delivers what was sent before an end, then closes both sides in order', async (network) => {
    const { client, server, listener } = await pairOf(network);
    const last = Buffer.alloc(3_000_000, 7);
    client.connection.write([last]);
    client.connection.end();
    expect((await server.take(last.length)).equals(last)).toBe(true);
    expect(await server.closed()).toBeUndefined();
    expect(await client.closed()).toBeUndefined();
    await listener.close();
  });

  check('gives no data after an end, and closes although the reader had paused', async (network) => {
    const { client, server, listener } = await pairOf(network);
    server.connection.pause();
    client.connection.write([bytes('too late')]);
    server.connection.end();
    await client.closed();
    await server.closed();
    expect(server.untaken()).toHaveLength(0);
    await listener.close();
  });

  check('delivers what was sent before a hang-up, and closes its own side whatever the peer does', async (network) => {
    const { client, server, listener } = await pairOf(network);
    const last = Buffer.alloc(1_000, 7);
    server.connection.pause();
    client.connection.write([last]);
    client.connection.hangUp();
    expect(client.connection.unsentBytes).toBe(0);
    expect(await client.closed()).toBeUndefined();
    expect(client.connection.write([bytes('x')])).toBe(true);
    server.connection.resume();
    expect((await server.take(last.length)).equals(last)).toBe(true);
    expect(await server.closed()).toBeUndefined();
    expect([client.closes, server.closes]).toEqual([1, 1]);
    await listener.close();
  });

  check('closes after a hang-up once the peer has taken all that was sent', async (network) => {
    const { client, server, listener } = await pairOf(network);
    const last = Buffer.alloc(30_000_000, 7);
    server.connection.pause();
    client.connection.write([last]);
    client.connection.hangUp();
    expect(client.connection.unsentBytes).toBeGreaterThan(0);
    server.connection.resume();
    expect((await server.take(last.length)).equals(last)).toBe(true);
    expect(await server.closed()).toBeUndefined();
    expect(await client.closed()).toBeUndefined();
    await listener.close();
  });

  check('closes both sides at once on destroy, and drops what comes after', async (network) => {
    const { client, server, listener } = await pairOf(network);
    client.connection.destroy();
    expect(await client.closed()).toBeUndefined();
    await server.closed();
    expect(client.connection.write([bytes('x')])).toBe(true);
    expect(server.connection.write([bytes('x')])).toBe(true);
    client.connection.end();
    client.connection.destroy();
    server.connection.destroy();
    expect([client.closes, server.closes]).toEqual([1, 1]);
    await listener.close();
  });

  check('tells a close to its own side only after destroy has returned', async (network) => {
    const { client, server, listener } = await pairOf(network);
    client.connection.destroy();
    expect(client.closes).toBe(0);
    await hangUp(listener, client, server);
  });
}

function checkListening(check: Check): void {
  check('refuses a port that is taken', async (network) => {
    const listener = await network.listen(anyPort, () => {});
    expect(listener.address.port).toBeGreaterThan(0);
    await expectFailure(
      network.listen(listener.address, () => {}),
      'ADDRESS_IN_USE',
      listener.address,
    );
    await listener.close();
  });

  check('stops listening without waiting for what is open', async (network) => {
    const { client, server, listener } = await pairOf(network);
    await listener.close();
    await expectFailure(network.connect(listener.address), 'CONNECTION_REFUSED', listener.address);
    client.connection.write([bytes('still here')]);
    expect((await server.take(10)).toString()).toBe('still here');
    const next = await network.listen(listener.address, () => {});
    expect(next.address).toEqual(listener.address);
    await hangUp(next, client, server);
  });

  check(
    'closes connections beyond the limit as they come, and takes new ones once others have gone',
    async (network) => {
      const accepted: Conversation[] = [];
      const listener = await network.listen(anyPort, (connection) => accepted.push(new Conversation(connection)), {
        connectionsMax: 1,
      });
      const first = new Conversation(await network.connect(listener.address));
      const second = new Conversation(await network.connect(listener.address));
      await second.closed();
      expect(accepted).toHaveLength(1);
      first.connection.end();
      await accepted[0]!.closed();
      const third = new Conversation(await network.connect(listener.address));
      third.connection.write([bytes('x')]);
      third.connection.end();
      await third.closed();
      expect(accepted).toHaveLength(2);
      await listener.close();
    },
  );
}

function checkConnecting(check: Check): void {
  check('refuses a connection where nobody listens', async (network) => {
    const listener = await network.listen(anyPort, () => {});
    await listener.close();
    await expectFailure(network.connect(listener.address), 'CONNECTION_REFUSED', listener.address);
  });

  check('stops a connect by its signal, with the reason of the signal', async (network) => {
    const listener = await network.listen(anyPort, (connection) => connection.destroy());
    const reason = new Error('changed my mind');
    const early = network.connect(listener.address, { signal: AbortSignal.abort(reason) });
    await expect(early).rejects.toBe(reason);
    const abort = new AbortController();
    const connecting = network.connect(listener.address, { signal: abort.signal });
    abort.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    await listener.close();
  });
}

async function pairOf(network: Network): Promise<{ client: Conversation; server: Conversation; listener: Listener }> {
  let accept: (connection: Connection) => void = () => {};
  const accepted = new Promise<Conversation>((resolve) => {
    accept = (connection) => resolve(new Conversation(connection));
  });
  const listener = await network.listen(anyPort, (connection) => accept(connection));
  const client = new Conversation(await network.connect(listener.address));
  return { client, server: await accepted, listener };
}

async function hangUp(listener: Listener, ...sides: Conversation[]): Promise<void> {
  await listener.close();
  for (const { connection } of sides) connection.destroy();
  for (const side of sides) await side.closed();
}

async function expectFailure(result: Promise<unknown>, code: NetworkErrorCode, { host, port }: Address): Promise<void> {
  const error = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NetworkError);
  expect(error).toMatchObject({ code, message: expect.stringContaining(`${host}:${port}`) });
}

function bytes(content: string): Buffer {
  return Buffer.from(content);
}
