import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { StreamsState } from './config.ts';
import { decodeOffsetMetadata } from './core/offset-metadata.ts';
import { StreamsBuilder } from './dsl/builder.ts';
import { app, cluster, committedOffset, counting, once, texts, wordCount } from './testing/counting-app.ts';
import { FakeCluster } from './testing/fake-cluster.ts';

const root = mkdtempSync(join(tmpdir(), 'nagare-streams-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('an application', () => {
  test('processes what is there and what comes, and commits the offset with the time of the partition', async () => {
    const fake = cluster();
    fake.append('in', 'a', 'x', 5);
    await using streams = app(counting(), fake.connect());
    await streams.start();
    await fake.until(() => fake.read('out').length === 1);
    fake.append('in', 'a', 'y', 7);
    await fake.until(() => committedOffset(fake, '0 in') === 2);
    expect(fake.read('out')).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
    const metadata = decodeOffsetMetadata(String(fake.committed.get('0 in')?.metadata));
    expect(metadata.partitionTimeMs).toBe(7);
  });

  test('writes each change of a store to its changelog once', async () => {
    const fake = cluster();
    await using streams = app(counting(), fake.connect());
    await streams.start();
    for (const [count, key] of ['a', 'b', 'c'].entries()) {
      fake.append('in', key, 'x');
      await fake.until(() => committedOffset(fake, '0 in') === count + 1);
    }
    expect(fake.read('app-counts-changelog')).toEqual([
      ['a', '1'],
      ['b', '1'],
      ['c', '1'],
    ]);
  });

  test('goes through its states and tells of each', async () => {
    const fake = cluster();
    const states: StreamsState[] = [];
    const streams = app(counting(), fake.connect(), { stateListener: (now) => states.push(now) });
    expect(streams.state).toBe('CREATED');
    await streams.start();
    fake.append('in', 'a', 'x');
    await fake.until(() => fake.read('out').length === 1);
    await streams.close();
    await streams.finished;
    expect(states).toEqual(['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING']);
  });

  test('creates its topics with the settings that Kafka Streams gives them, and deletes what it has read between', async () => {
    const fake = cluster(2);
    fake.append('in', '1', 'to be or not to be');
    await using streams = app(wordCount(), fake.connect(), { repartitionPurgeIntervalMs: 0 });
    await streams.start();
    await fake.until(() => fake.read('out').length === 6);
    await fake.until(() => fake.deleted.length > 0);
    expect(fake.topics.get('app-words-repartition')).toMatchObject({
      configs: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
      partitions: { length: 2 },
    });
    expect(fake.topics.get('app-words-changelog')).toMatchObject({
      configs: { 'cleanup.policy': 'compact' },
      partitions: { length: 2 },
    });
    expect(new Map(fake.read('out'))).toEqual(
      new Map([
        ['to', '2'],
        ['be', '2'],
        ['or', '1'],
        ['not', '1'],
      ]),
    );
    expect(fake.deleted[0]?.topic).toBe('app-words-repartition');
  });

  test('commits on close what no interval has committed', async () => {
    const fake = cluster();
    fake.append('in', 'a', 'x');
    const seen = once();
    await using streams = app(counting(seen.happened), fake.connect(), { commitIntervalMs: 1_000_000 });
    await streams.start();
    await seen.promise;
    expect(fake.committed.size).toBe(0);
    await streams.close();
    expect(committedOffset(fake, '0 in')).toBe(1);
    expect(fake.read('app-counts-changelog')).toEqual([['a', '1']]);
  });

  test('tries a commit again that came while the group was rebalancing', async () => {
    const fake = cluster();
    fake.refusedCommits = 2;
    await using streams = app(counting(), fake.connect());
    await streams.start();
    fake.append('in', 'a', 'x');
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    expect(fake.refusedCommits).toBe(0);
    expect(fake.read('out')).toEqual([['a', '1']]);
  });

  test('commits early when more store changes wait than may be kept', async () => {
    const fake = cluster();
    const config = { commitIntervalMs: 1_000_000, statestoreUncommittedMaxBytes: 1 };
    await using streams = app(counting(), fake.connect(), config);
    await streams.start();
    fake.append('in', 'a', 'x');
    await fake.until(() => committedOffset(fake, '0 in') === 1);
  });
});

describe('an application that starts again', () => {
  test.each([{ stateDir: undefined }, { stateDir: join(root, 'again') }])(
    'has its state, kept in $stateDir',
    async ({ stateDir }) => {
      const fake = cluster();
      fake.append('in', 'a', 'x');
      const config = stateDir === undefined ? {} : { stateDir };
      const first = app(counting(), fake.connect(), config);
      await first.start();
      await fake.until(() => committedOffset(fake, '0 in') === 1);
      await first.close();
      fake.append('in', 'a', 'y');
      await using second = app(counting(), fake.connect(), config);
      await second.start();
      await fake.until(() => fake.read('out').length === 2);
      expect(fake.read('out')).toEqual([
        ['a', '1'],
        ['a', '2'],
      ]);
      // State on disk stands at the end of the changelog already: nothing is read again.
      expect(fake.seeks.length).toBe(stateDir === undefined ? 1 : 0);
    },
  );

  test('after it was cut off before a commit, counts every record once', async () => {
    const fake = cluster();
    const stateDir = join(root, 'crash');
    const client = fake.connect();
    const seen = once();
    const first = app(counting(seen.happened), client, { stateDir, commitIntervalMs: 1_000_000 });
    await first.start();
    fake.append('in', 'a', 'x');
    fake.append('in', 'a', 'y');
    await seen.promise;
    client.cut();
    await expect(first.finished).rejects.toMatchObject({ code: 'NAGARE_CLIENT_NO_BROKER' });
    await using second = app(counting(), fake.connect(), { stateDir });
    await second.start();
    await fake.until(() => committedOffset(fake, '0 in') === 2);
    expect(fake.read('app-counts-changelog')).toEqual([['a', '2']]);
  });

  test('after it was cut off while it restored, lets go of its state', async () => {
    const fake = cluster();
    const stateDir = join(root, 'cut-off');
    const client = fake.connect();
    const first = app(counting(), client, { stateDir });
    await first.start();
    client.cut();
    await expect(first.finished).rejects.toMatchObject({ code: 'NAGARE_CLIENT_NO_BROKER' });
    await using second = app(counting(), fake.connect(), { stateDir });
    await second.start();
    fake.append('in', 'a', 'x');
    await fake.until(() => committedOffset(fake, '0 in') === 1);
  });

  test('reads only the tail of a changelog that has grown without it', async () => {
    const fake = cluster();
    const stateDir = join(root, 'tail');
    fake.append('in', 'a', 'x');
    const first = app(counting(), fake.connect(), { stateDir });
    await first.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    await first.close();
    fake.append('app-counts-changelog', 'a', '41');
    fake.append('in', 'a', 'y');
    await using second = app(counting(), fake.connect(), { stateDir });
    await second.start();
    await fake.until(() => fake.read('out').length === 2);
    expect(fake.read('out')[1]).toEqual(['a', '42']);
    expect(fake.seeks).toEqual([{ topic: 'app-counts-changelog', partition: 0, offset: 1 }]);
  });

  test('throws state away that belongs to a changelog topic of another time', async () => {
    const fake = cluster();
    const stateDir = join(root, 'recreated');
    fake.append('in', 'a', 'x');
    const first = app(counting(), fake.connect(), { stateDir });
    await first.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    await first.close();
    fake.createTopic('app-counts-changelog');
    fake.append('in', 'a', 'y');
    await using second = app(counting(), fake.connect(), { stateDir });
    await second.start();
    await fake.until(() => fake.read('out').length === 2);
    expect(fake.read('out')[1]).toEqual(['a', '1']);
  });
});

describe('an application that fails', () => {
  test('over a function of its own ends with the coded error, commits nothing of it, and is in ERROR', async () => {
    const fake = cluster();
    const builder = new StreamsBuilder();
    builder
      .stream('in', texts)
      .mapValues((value) => {
        if (value === 'bad') throw new Error('boom');
        return value;
      })
      .to('out', texts);
    const streams = app(builder.build(), fake.connect());
    await streams.start();
    fake.append('in', 'a', 'good');
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    fake.append('in', 'a', 'bad');
    await expect(streams.finished).rejects.toMatchObject({ code: 'NAGARE_STREAMS_USER_FUNCTION' });
    expect(streams.state).toBe('ERROR');
    expect(committedOffset(fake, '0 in')).toBe(1);
    await streams.close();
  });

  test('over a missing topic says which', async () => {
    const streams = app(counting(), new FakeCluster().connect());
    await expect(streams.start()).rejects.toMatchObject({ code: 'NAGARE_STREAMS_TOPIC_MISSING', message: /: in$/ });
  });

  test('over an internal topic with another number of partitions says what to do', async () => {
    const fake = cluster(2);
    fake.createTopic('app-counts-changelog', 3);
    await expect(app(counting(), fake.connect()).start()).rejects.toMatchObject({
      code: 'NAGARE_STREAMS_INTERNAL_TOPIC',
      message: expect.stringContaining('has 3 partitions and needs 2'),
    });
  });

  test('over topics that are joined and have different partitions says how many each has', async () => {
    const fake = cluster(2);
    fake.createTopic('rows', 3);
    const builder = new StreamsBuilder();
    builder
      .stream('in', texts)
      .join(builder.table('rows', texts), (a) => a)
      .to('out', texts);
    await expect(app(builder.build(), fake.connect()).start()).rejects.toMatchObject({
      code: 'NAGARE_STREAMS_NOT_COPARTITIONED',
      message: expect.stringContaining('in has 2, rows has 3'),
    });
  });
});
