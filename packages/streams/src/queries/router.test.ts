import { type Http, type HttpAsk, NetworkError, type Timers } from '@nagare/base';
import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import type { StreamsState } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { StreamsError } from '../errors.ts';
import type { Ask } from './ask.ts';
import { LocalStores } from './local-stores.ts';
import { Owners } from './owners.ts';
import { Router } from './router.ts';
import { readAsk, writePage } from './wire.ts';

const texts = { key: string, value: string };
const reach = { scope: 'application', timeoutMs: 77 } as const;
const ask: Ask = { kind: 'get', key: Buffer.from('a') };
const found = { rows: [{ key: Buffer.from('a'), value: Buffer.from('1'), timestamp: 5 }] };

type Answer = (asked: HttpAsk) => { readonly status: number; readonly body: string };

const refused = (code: string, status: number) => () => ({ status, body: JSON.stringify({ code, message: 'no' }) });
const nobody: Answer = () => {
  throw new NetworkError('CONNECTION_REFUSED', 'nobody listens');
};
const answered: Answer = () => ({ status: 200, body: writePage(found) });

/** A process without partitions, what others answer to it, and a clock that stands still. */
function routed(answers: Record<string, Answer[]>, state: StreamsState = 'RUNNING') {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).groupByKey().count({ store: 'counts' });
  const running = { runningTasks: [], globalStores: [], partitionsOf: new Map([['in', 2]]) };
  const stores = new LocalStores({
    topology: builder.build(),
    applicationId: 'app',
    state: () => state,
    running: () => running,
  });
  const owners = new Owners();
  const asked: string[] = [];
  let wake: (() => void) | undefined;
  const timers: Timers = {
    after: (_delayMs, run) => {
      wake = run;
      return { cancel: () => undefined };
    },
    soon: (run) => run(),
  };
  const http: Http = {
    serve: () => Promise.reject(new Error('nothing is served')),
    async ask({ host, port }, sent) {
      asked.push(
        `${host}:${port} ${sent.method} ${sent.path} ${readAsk(String(sent.body)).partition} ${sent.timeoutMs}`,
      );
      const answer = (answers[`${host}:${port}`] ?? []).shift() ?? nobody;
      const { status, body } = answer(sent);
      return { status, body: Buffer.from(body) };
    },
  };
  const router = new Router({ stores, owners, server: () => 'me:1', http, timers });
  const own = (server: string) => owners.update([{ server, active: ['0_0', '0_1'], standby: [] }]);
  return { router, own, asked, store: stores.storeOf('counts'), passTime: () => wake?.() };
}

/** Lets everything that is due happen. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a question for another process', () => {
  test('goes to the owner of the partition', async () => {
    const { router, own, asked, store } = routed({ 'a:1': [answered] });
    own('a:1');
    expect(await router.ask(store, 1, ask, reach)).toMatchObject(found);
    expect(asked).toEqual(['a:1 POST /ask 1 77']);
  });

  test.each([
    ['cannot be reached', nobody, 'NAGARE_STREAMS_OWNER_UNREACHABLE'],
    ['has lost it', refused('NAGARE_STREAMS_NOT_OWNED', 421), 'NAGARE_STREAMS_NOT_OWNED'],
    ['is closed', refused('NAGARE_STREAMS_NOT_RUNNING', 503), 'NAGARE_STREAMS_NOT_RUNNING'],
    ['says what nobody understands', () => ({ status: 200, body: '[]' }), 'NAGARE_STREAMS_OWNER_UNREACHABLE'],
    ['fails', () => ({ status: 500, body: 'Internal error' }), 'NAGARE_STREAMS_OWNER_UNREACHABLE'],
  ] as const)('is asked once more when partitions have moved, if the owner %s', async (_reason, answer, code) => {
    const moved = routed({ 'a:1': [answer], 'b:2': [answered] });
    moved.own('a:1');
    const answering = moved.router.ask(moved.store, 0, ask, reach);
    await turn();
    expect(moved.asked).toHaveLength(1);
    moved.own('b:2');
    moved.router.changed();
    expect(await answering).toMatchObject(found);

    const stuck = routed({ 'a:1': [answer, answer] });
    stuck.own('a:1');
    const failing = stuck.router.ask(stuck.store, 0, ask, reach);
    const expected = expect(failing).rejects.toMatchObject({ code, retriable: true });
    await turn();
    stuck.passTime();
    await expected;
    expect(stuck.asked).toHaveLength(2);
  });

  test('is not asked again when the answer will stay the same', async () => {
    const { router, own, asked, store } = routed({ 'a:1': [refused('NAGARE_STREAMS_STORE_NOT_ORDERED', 400)] });
    own('a:1');
    await expect(router.ask(store, 0, ask, reach)).rejects.toBeInstanceOf(StreamsError);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['CREATED', 'NAGARE_STREAMS_NOT_RUNNING', false],
    ['PENDING_SHUTDOWN', 'NAGARE_STREAMS_NOT_RUNNING', false],
    ['ERROR', 'NAGARE_STREAMS_NOT_RUNNING', false],
    ['REBALANCING', 'NAGARE_STREAMS_REBALANCING', true],
  ] as const)('has no answer here while the application is %s', async (state, code, retriable) => {
    const { router, store } = routed({}, state);
    const failing = router.ask(store, 0, ask, { ...reach, scope: 'local' });
    await expect(failing).rejects.toMatchObject({ code, retriable });
  });

  test('is not asked at all with the scope local, nor by a process of itself', async () => {
    const { router, own, asked, store, passTime } = routed({});
    own('a:1');
    const local = router.ask(store, 0, ask, { ...reach, scope: 'local' });
    await expect(local).rejects.toMatchObject({ code: 'NAGARE_STREAMS_NOT_OWNED' });
    own('me:1');
    const expected = expect(router.ask(store, 0, ask, reach)).rejects.toThrow(/on its way here/);
    await turn();
    passTime();
    await expected;
    expect(asked).toEqual([]);
  });
});
