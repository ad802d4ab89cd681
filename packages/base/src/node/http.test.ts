import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest, HttpSink } from '../http.ts';
import { NetworkError } from '../network.ts';
import { nodeHttp } from './http.ts';

const here = { host: '127.0.0.1', port: 0 };
const limits = { bodyBytesMax: 100, connectionsMax: 10 };
const bounds = { timeoutMs: 20_000, bodyBytesMax: 1_000 };
const text = (body: string, status = 200): HttpAnswer => ({ status, type: 'text/plain', body });

async function serving(answer: (request: HttpRequest) => Promise<HttpAnswer>) {
  const listener = await nodeHttp.serve(here, answer, limits);
  const { address } = listener;
  return { address, [Symbol.asyncDispose]: () => listener.close() };
}

describe('HTTP of Node', () => {
  test('carries a question and its answer', async () => {
    await using server = await serving(async ({ method, path, query, body }) =>
      text([method, path, query.get('q'), body].join(' '), 201),
    );
    const { status, body } = await nodeHttp.ask(server.address, {
      method: 'POST',
      path: '/a%20b?q=c%3Fd?',
      body: 'hello',
      ...bounds,
    });
    expect([status, body.toString()]).toEqual([201, 'POST /a%20b c?d? hello']);
  });

  test('refuses bodies that are too large, on both sides', async () => {
    await using server = await serving(async () => text('x'.repeat(2_000)));
    const large = nodeHttp.ask(server.address, { method: 'GET', path: '/', ...bounds });
    await expect(large).rejects.toThrow(/larger than 1000 bytes/);
    const asked = { method: 'POST', path: '/', body: 'x'.repeat(101), ...bounds };
    expect((await nodeHttp.ask(server.address, asked)).status).toBe(413);
  });

  test('tells nobody what failed inside', async () => {
    await using server = await serving(() => Promise.reject(new Error('secret')));
    const { status, body } = await nodeHttp.ask(server.address, { method: 'GET', path: '/', ...bounds });
    expect([status, body.toString()]).toEqual([500, 'Internal error\n']);
  });

  test('waits for an answer as long as it was told', async () => {
    await using server = await serving(() => new Promise(() => undefined));
    const asked = nodeHttp.ask(server.address, { method: 'GET', path: '/', ...bounds, timeoutMs: 50 });
    await expect(asked).rejects.toMatchObject({ name: 'NetworkError', code: 'TIMED_OUT' });
  });

  test('says when nobody listens', async () => {
    const listener = await nodeHttp.serve(here, async () => text(''), limits);
    await expect(nodeHttp.serve(listener.address, async () => text(''), limits)).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
    await listener.close();
    const asked = nodeHttp.ask(listener.address, { method: 'GET', path: '/', ...bounds });
    await expect(asked).rejects.toBeInstanceOf(NetworkError);
  });

  test('streams an answer in parts, and says when its reader is gone', async () => {
    let sink: HttpSink | undefined;
    let onClosed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    await using server = await serving(async () => ({
      status: 200,
      type: 'text/event-stream',
      open: (opened) => {
        sink = opened;
        opened.onClose = onClosed;
        opened.write('first');
      },
    }));
    const socket = connect(server.address.port, server.address.host);
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    const received = await new Promise<string>((resolve) => {
      let all = '';
      socket.on('data', (chunk) => {
        all += chunk;
        if (all.includes('second')) resolve(all);
        else if (all.includes('first')) sink?.write('second');
      });
    });
    expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
    socket.destroy();
    await gone;
  });

  test('says that a reader who does not read has to be waited for', async () => {
    const answered = { isFull: false };
    let onDrained: () => void = () => undefined;
    const drained = new Promise<void>((resolve) => {
      onDrained = resolve;
    });
    let onFull: () => void = () => undefined;
    const full = new Promise<void>((resolve) => {
      onFull = resolve;
    });
    await using server = await serving(async () => ({
      status: 200,
      type: 'text/event-stream',
      open: (sink) => {
        sink.onDrain = onDrained;
        while (sink.write('x'.repeat(100_000))) answered.isFull = false;
        answered.isFull = true;
        onFull();
      },
    }));
    const socket = connect(server.address.port, server.address.host);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    await full;
    expect(answered.isFull).toBe(true);
    socket.resume();
    await drained;
    socket.destroy();
  });
});
