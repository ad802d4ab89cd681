import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineSerde, int64, string } from '@nagare/serdes';
import { afterAll, describe, expect, test } from 'vitest';
import type { StreamsConfig, StreamsState } from './config.ts';
import { decodeOffsetMetadata } from './core/offset-metadata.ts';
import { StreamsBuilder } from './dsl/builder.ts';
import { Streams } from './streams.ts';
import { type FakeClient, FakeCluster } from './testing/fake-cluster.ts';
import type { Topology } from './topology/topology.ts';

const root = mkdtempSync(join(tmpdir(), 'nagare-streams-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const texts = { key: string, value: string };
/** Numbers as text, so that outputs can be read. */
const textNumber = defineSerde<number>({ write: (n) => Buffer.from(String(n)), read: (bytes) => Number(bytes) });

function counting(onRecord: () => void = () => undefined): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .peek(onRecord)
    .groupByKey()
    .count({ store: 'counts', value: textNumber })
    .toStream()
    .to('out', { value: textNumber });
  return builder.build();
}

function wordCount(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .flatMapValues((text) => text.split(' '))
    .groupBy((_key, word) => word, texts)
    .count({ store: 'words' })
    .toStream()
    .to('out', { value: textNumber });
  return builder.build();
}

function cluster(partitions = 1): FakeCluster {
  const made = new FakeCluster();
  made.createTopic('in', partitions);
  made.createTopic('out');
  return made;
}

function app(topology: Topology, client: FakeClient, config: Partial<StreamsConfig> = {}): Streams {
  return new Streams(topology, { applicationId: 'app', client, pollMs: 10, commitIntervalMs: 0, ...config });
}

/** A promise of the first call. */
function once() {
  let happened: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    happened = resolve;
  });
  return { promise, happened };
}

const committedOffset = (fake: FakeCluster, name: string) => fake.committed.get(name)?.offset ?? 0;

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
});

describe('the transactional id', () => {
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

describe('a record that cannot be deserialized', () => {
  const five = '\0\0\0\0\0\0\0\x05';
  const numbers = () => {
    const builder = new StreamsBuilder();
    builder.stream('in', { key: string, value: int64 }).to('out', { key: string, value: int64 });
    return builder.build();
  };

  test('ends the application, and says where it is', async () => {
    const fake = cluster();
    const streams = app(numbers(), fake.connect());
    fake.append('in', 'a', 'not eight bytes long');
    await streams.start();
    await expect(streams.finished).rejects.toMatchObject({
      code: 'NAGARE_STREAMS_DESERIALIZATION',
      message: expect.stringContaining('in-0 at offset 0'),
    });
  });

  test('is dropped and counted when the handler says so, and is not read again', async () => {
    const fake = cluster();
    fake.append('in', 'a', 'bad');
    fake.append('in', 'b', five);
    fake.append('in', 'c', 'bad');
    const decisions: number[] = [];
    await using streams = app(numbers(), fake.connect(), {
      deserializationExceptionHandler: (_error, { offset }) => {
        decisions.push(offset);
        return 'continue';
      },
    });
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 3);
    expect(fake.read('out')).toEqual([['b', five]]);
    expect(decisions).toEqual([0, 2]);
    expect([...streams.droppedRecords]).toEqual([['deserialization', 2]]);
    await streams.close();
    expect([...streams.droppedRecords]).toEqual([['deserialization', 2]]);
  });

  test('goes to the topic of dead letters with its bytes and the reason', async () => {
    const fake = cluster();
    fake.createTopic('dead');
    fake.append('in', 'a', 'bad', 3);
    await using streams = app(numbers(), fake.connect(), {
      deserializationExceptionHandler: 'dead-letter',
      errorsDeadLetterQueueTopicName: 'dead',
    });
    await streams.start();
    await fake.until(() => committedOffset(fake, '0 in') === 1);
    const [letter] = fake.partition({ topic: 'dead', partition: 0 }).records;
    expect(letter).toMatchObject({ key: Buffer.from('a'), value: Buffer.from('bad'), timestamp: 3 });
    const headers = new Map(letter?.headers.map(({ key, value }) => [key, value?.toString()]));
    expect(headers.get('__streams.errors.exception')).toBe('SerdeError');
    expect(headers.get('__streams.errors.offset')).toBe('0');
  });
});
