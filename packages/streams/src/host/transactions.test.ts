import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { app, cluster, committedOffset, counting, once, wordCount } from '../testing/counting-app.ts';

const root = mkdtempSync(join(tmpdir(), 'nagare-transactions-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('exactly_once_v2', () => {
  test('writes outputs, changelog and offsets in one transaction, and nothing when it is cut off before', async () => {
    const fake = cluster();
    const stateDir = join(root, 'eos');
    const config = { processingGuarantee: 'exactly_once_v2', stateDir } as const;
    const client = fake.connect();
    const seen = once();
    const first = app(counting(seen.happened), client, { ...config, commitIntervalMs: 1_000_000 });
    await first.start();
    fake.append('in', 'a', 'x');
    await seen.promise;
    client.cut();
    await expect(first.finished).rejects.toMatchObject({ code: 'NAGARE_CLIENT_NO_BROKER' });
    expect(fake.read('out')).toEqual([]);
    await using second = app(counting(), fake.connect(), config);
    await second.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    fake.append('in', 'a', 'y');
    await fake.until(() => committedOffset(fake, '0 in') === 2);
    expect(fake.read('out')).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
  });
});

describe('a transaction that the group refuses', () => {
  test('is taken back with all that it changed, and its work is done again', async () => {
    const fake = cluster();
    const stateDir = join(root, 'refused');
    let processed = 0;
    const topology = counting(() => {
      processed += 1;
    });
    await using streams = app(topology, fake.connect(), { processingGuarantee: 'exactly_once_v2', stateDir });
    await streams.start();
    fake.append('in', 'a', 'x');
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    fake.refusedCommits = 2;
    fake.append('in', 'a', 'y');
    await fake.until(() => committedOffset(fake, '0 in') === 2);
    expect(processed).toBe(4);
    expect(fake.read('out')).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
    expect(fake.read('app-counts-changelog')).toHaveLength(2);
  });

  test('begins again where nothing was committed before', async () => {
    const fake = cluster();
    fake.refusedCommits = 1;
    fake.append('in', 'a', 'x');
    await using streams = app(counting(), fake.connect(), { processingGuarantee: 'exactly_once_v2' });
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    expect(fake.read('out')).toEqual([['a', '1']]);
  });
});

describe('a transaction', () => {
  const eos = { processingGuarantee: 'exactly_once_v2' } as const;

  test('whose end is not known is asked for until it is, and nothing goes on before', async () => {
    const fake = cluster();
    fake.commitFailures.push('NAGARE_CLIENT_TRANSACTION_UNDECIDED', 'NAGARE_CLIENT_TRANSACTION_UNDECIDED');
    fake.append('in', 'a', 'x');
    let processed = 0;
    const topology = counting(() => {
      processed += 1;
    });
    await using streams = app(topology, fake.connect(), eos);
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    expect({ processed, out: fake.read('out') }).toEqual({ processed: 1, out: [['a', '1']] });
  });

  test('that another producer has fenced is done again by a new producer', async () => {
    const fake = cluster();
    fake.commitFailures.push('NAGARE_CLIENT_FENCED');
    fake.append('in', 'a', 'x');
    const client = fake.connect();
    await using streams = app(counting(), client, eos);
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    expect(fake.read('out')).toEqual([['a', '1']]);
    expect(client.transactionalIds).toHaveLength(2);
    expect(new Set(client.transactionalIds).size).toBe(1);
  });

  test('begins although brokers were away for so long that its tasks could not be made, and then could not be made again', async () => {
    const fake = cluster();
    fake.committedFailures.push('NAGARE_CLIENT_NO_BROKER', 'NAGARE_CLIENT_REQUEST_TIMEOUT', 'NAGARE_CLIENT_NO_BROKER');
    fake.append('in', 'a', 'x');
    await using streams = app(counting(), fake.connect(), eos);
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    expect({ out: fake.read('out'), state: streams.state }).toEqual({ out: [['a', '1']], state: 'RUNNING' });
  });

  test('that fails by what no repetition cures ends the application', async () => {
    const fake = cluster();
    fake.commitFailures.push('NAGARE_CLIENT_RECORD_TOO_LARGE');
    fake.append('in', 'a', 'x');
    const streams = app(counting(), fake.connect(), eos);
    await streams.start();
    await expect(streams.finished).rejects.toMatchObject({ code: 'NAGARE_CLIENT_RECORD_TOO_LARGE' });
    expect(fake.read('out')).toEqual([]);
    expect(fake.committed.size).toBe(0);
  });

  test('that is open when a task fails is not committed without it, although the group asks for its partitions', async () => {
    const fake = cluster();
    const seen = once();
    const topology = counting((_key, value) => {
      seen.happened();
      if (value === 'bad') throw new Error('of no use');
    });
    const streams = app(topology, fake.connect(), { ...eos, commitIntervalMs: 1_000_000 });
    await streams.start();
    fake.append('in', 'a', 'x');
    await seen.promise;
    fake.append('in', 'a', 'bad');
    await expect(streams.finished).rejects.toMatchObject({ code: 'NAGARE_STREAMS_USER_FUNCTION' });
    expect({ out: fake.read('out'), committed: fake.committed.size }).toEqual({ out: [], committed: 0 });
  });
});

describe('the transactional id', () => {
  test('is taken over at the start, so that what was left open with it ends before anything is written', async () => {
    const fake = cluster();
    const client = fake.connect();
    await using streams = app(counting(), client, { processingGuarantee: 'exactly_once_v2' });
    await streams.start();
    expect([...client.begunIds]).toEqual(client.transactionalIds);
    expect(client.begunIds.size).toBe(1);
  });

  test('stays with a state directory, and is another one for each process that lives', async () => {
    const fake = cluster();
    const eos = { processingGuarantee: 'exactly_once_v2' } as const;
    const stateDir = join(root, 'process-id');
    const [before, after, elsewhere, beside] = [fake.connect(), fake.connect(), fake.connect(), fake.connect()];
    const first = app(counting(), before, { ...eos, stateDir });
    await first.start();
    await first.close();
    await using second = app(counting(), after, { ...eos, stateDir });
    await second.start();
    await using third = app(counting(), elsewhere, eos);
    await third.start();
    await using fourth = app(wordCount(), beside, { ...eos, stateDir });
    await fourth.start();
    expect(after.transactionalIds).toEqual(before.transactionalIds);
    const ids = [after, elsewhere, beside].flatMap((client) => client.transactionalIds);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^app-[0-9a-f]{32}-1$/);
  });
});
