import { int32, string } from '@nagare/serdes';
import { describe, expect, test, vi } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { type QueryMember, QueryStage } from '../testing/query-stage.ts';
import { TimeWindows } from '../windows/time-windows.ts';

vi.setConfig({ testTimeout: 60_000 });

const texts = { key: string, value: string };

function topology() {
  const builder = new StreamsBuilder();
  const words = builder.stream('in', texts);
  words.groupByKey().count({ store: 'counts', ranges: true });
  words.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace('1m', '1h')).count({ store: 'minutes', ranges: true });
  words.groupByKey().count({ store: 'secret' });
  builder.globalTable('colours', { key: int32, value: string, store: 'colours', ranges: true });
  return builder.build();
}

async function staged() {
  const stage = new QueryStage(topology);
  stage.cluster.createTopic('colours');
  const key = Buffer.from([0, 0, 0, 7]);
  stage.cluster
    .partition({ topic: 'colours', partition: 0 })
    .append({ key, value: Buffer.from('red'), timestamp: 3, headers: [] });
  return stage;
}

const served = { stores: ['counts', 'minutes', { name: 'colours', parseKey: Number }] };
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 50_000, interval: 10 });

/** Asks a process, and gives status and JSON. */
async function get({ server }: QueryMember, path: string, init: RequestInit = {}) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function twoOf(stage: QueryStage): Promise<readonly [QueryMember, QueryMember]> {
  const members = [await stage.join({}, served), await stage.join({}, served)] as const;
  await eventually(() => {
    for (const { streams } of members) {
      expect(streams.tasks).toHaveLength(2);
      expect(streams.allMetadataForStore('counts').flatMap(({ activePartitions }) => activePartitions)).toHaveLength(4);
    }
  });
  return members;
}

describe('queries over HTTP', () => {
  test('give rows of any process from any process, as JSON', async () => {
    await using stage = await staged();
    const members = await twoOf(stage);
    for (const key of ['a', 'b', 'c d/é', 'e']) stage.append(key, 'x', 70_000);
    for (const member of members) {
      await eventually(async () => {
        for (const key of ['a', 'b', 'c d/é', 'e']) {
          expect(await get(member, `/stores/counts/keys/${encodeURIComponent(key)}`)).toEqual({
            status: 200,
            body: { key, value: 1, timestamp: 70_000 },
          });
        }
      });
      expect((await get(member, '/stores/counts/keys/x')).status).toBe(404);
      const rows: unknown[] = [];
      let next = '';
      do {
        const page = await get(member, `/stores/counts/rows?limit=1${next}`);
        rows.push(...(page.body.rows as unknown[]));
        next = page.body.next === undefined ? '' : `&next=${page.body.next}`;
      } while (next !== '');
      expect(rows).toHaveLength(4);
      expect((await get(member, '/stores/counts/rows?from=b&to=c')).body.rows).toMatchObject([{ key: 'b' }]);
      const windows = await get(member, '/stores/minutes/keys/a?from=0&to=100000');
      expect(windows.body.rows).toEqual([
        { key: 'a', value: 1, timestamp: 70_000, window: { start: 60_000, end: 120_000 } },
      ]);
      expect((await get(member, '/stores/minutes/keys/a?to=59999')).body.rows).toEqual([]);
      expect((await get(member, '/stores/colours/keys/7')).body).toEqual({ key: 7, value: 'red', timestamp: 3 });
    }
  });

  test('list what is served, and nothing else is', async () => {
    await using stage = await staged();
    const [member] = await twoOf(stage);
    const { body } = await get(member, '/stores');
    expect(body).toEqual({
      stores: [
        { name: 'counts', kind: 'key-value' },
        { name: 'minutes', kind: 'window' },
        { name: 'colours', kind: 'key-value' },
      ],
    });
    expect((await get(member, '/stores/secret/rows')).status).toBe(404);
    const ask = { store: 'secret', partition: 0, ask: { kind: 'count' } };
    const asked = await get(member, '/ask', { method: 'POST', body: JSON.stringify(ask) });
    expect(asked).toMatchObject({ status: 404, body: { code: 'NAGARE_STREAMS_QUERY_STORE' } });
  });

  const tooLarge = Buffer.alloc(5 * 1024 * 1024, 'x');
  test.each([
    ['/', {}, 404],
    ['/stores/counts', {}, 404],
    ['/stores/counts/keys/%', {}, 400],
    ['/stores/counts/rows?limit=0', {}, 400],
    ['/stores/counts/rows?limit=x', {}, 400],
    ['/stores/counts/rows?next=..', {}, 400],
    ['/stores/counts/rows?next=99', {}, 400],
    ['/stores/minutes/rows?from=x', {}, 400],
    ['/stores/colours/keys/red', {}, 400],
    ['/stores/counts/rows', { method: 'DELETE' }, 405],
    ['/ask', {}, 405],
    ['/ask', { method: 'POST', body: '{' }, 400],
    ['/ask', { method: 'POST', body: '{"store":"counts","partition":9,"ask":{"kind":"count"}}' }, 421],
    ['/ask', { method: 'POST', body: tooLarge }, 413],
  ] as const)('answer mistakes in %s, %#, with their status', async (path, init, status) => {
    await using stage = await staged();
    const member = await stage.join({}, served);
    await eventually(() => expect(member.streams.tasks).toHaveLength(4));
    const response = await fetch(`http://127.0.0.1:${member.server.port}${path}`, init).catch(() => undefined);
    // Whoever sends too much may find the connection closed before the answer.
    expect(response?.status ?? 413).toBe(status);
    expect((await get(member, '/stores')).status).toBe(200);
  });

  test('are refused before the start and after the end', async () => {
    await using stage = await staged();
    const member = await stage.join({}, served);
    await member.streams.close();
    expect(await get(member, '/stores/counts/keys/a')).toMatchObject({
      status: 503,
      body: { code: 'NAGARE_STREAMS_NOT_RUNNING' },
    });
    expect((await get(member, '/stores/counts/changes')).status).toBe(503);
  });
});

describe('changes over HTTP', () => {
  test('come as server-sent events, and end with the application', async () => {
    await using stage = await staged();
    const member = await stage.join({}, served);
    await eventually(() => expect(member.streams.tasks).toHaveLength(4));
    const response = await fetch(`http://127.0.0.1:${member.server.port}/stores/counts/changes?key=a`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reading = response.text();
    stage.append('b', 'x', 1);
    stage.append('a', 'x', 2);
    const counts = member.streams.query<string, number>('counts');
    await eventually(async () => expect(await counts.get('a')).toBe(1));
    await member.streams.close();
    expect(await reading).toBe(
      ': changes\n\nevent: change\ndata: {"key":"a","value":1,"timestamp":2}\n\nevent: end\ndata: {}\n\n',
    );
  });

  test('of a key are told by the process that has it', async () => {
    await using stage = await staged();
    const members = await twoOf(stage);
    const statuses = await Promise.all(
      members.map(async ({ server }) => {
        const response = await fetch(`http://127.0.0.1:${server.port}/stores/counts/changes?key=a`);
        const { status } = response;
        const text = status === 200 ? '' : await response.text();
        if (status === 200) await response.body?.cancel();
        return { status, text };
      }),
    );
    const [owner, other] = statuses.toSorted((a, b) => a.status - b.status);
    expect([owner?.status, other?.status]).toEqual([200, 421]);
    expect(other?.text).toMatch(/127\.0\.0\.1:\d+ does/);
  });
});
