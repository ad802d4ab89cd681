import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Conversation } from '../contracts/conversation.ts';
import { nodeNetwork } from './network.ts';

let server: ReturnType<typeof createServer>;
let client: Conversation;
let peer: Socket;
let port: number;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  const accepted = once(server, 'connection');
  client = new Conversation(await nodeNetwork.connect({ host: '127.0.0.1', port }));
  [peer] = await accepted;
});

afterEach(() => {
  client.connection.destroy();
  peer.destroy();
  server.close();
});

test('a reset by the peer closes with an error that names it', async () => {
  peer.resetAndDestroy();
  expect(await client.closed()).toMatchObject({
    code: 'CONNECTION_RESET',
    message: `Cannot keep the connection to 127.0.0.1:${port}: connection reset by peer (ECONNRESET)`,
  });
});

test('all that is written in one tick arrives as one piece', async () => {
  for (let index = 0; index < 100; index++) client.connection.write([Buffer.from('a'), Buffer.from('b')]);
  const [first] = await once(peer, 'data');
  expect(first).toHaveLength(200);
});

test('what follows from one event leaves with it, also what promises write, and before an end', async () => {
  client.connection.write([Buffer.from('first ')]);
  expect(client.connection.unsentBytes).toBe(6);
  await null;
  await null;
  client.connection.write([Buffer.from('second ')]);
  await null;
  client.connection.write([Buffer.from('third')]);
  const [piece] = await once(peer, 'data');
  expect(String(piece)).toBe('first second third');
  client.connection.write([Buffer.from('last')]);
  client.connection.end();
  expect(String((await once(peer, 'data'))[0])).toBe('last');
});

test('a write that does not fit is told by a drain', async () => {
  const drained = client.drained();
  const fits = client.connection.write([Buffer.alloc(8 * 1024 * 1024)]);
  expect(fits).toBe(false);
  peer.resume();
  await drained;
  expect(client.connection.unsentBytes).toBe(0);
});
