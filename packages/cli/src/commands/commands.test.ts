import { Readable } from 'node:stream';
import { type Broker, createBroker } from '@nagare/broker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { produceLines } from '../produce/produce-lines.ts';
import { run } from '../run.ts';
import { NagareProcess } from '../test-process.ts';
import type { ProduceOptions } from './produce.ts';

let broker: Broker;
let stdout = '';
let stderr = '';

beforeAll(async () => {
  broker = await createBroker();
});
afterAll(() => broker.stop());
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** Runs a command against the broker and gives what it printed. */
async function nagare(...args: string[]): Promise<string> {
  stdout = '';
  stderr = '';
  const code = await run([...args, '-b', broker.bootstrapServers]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function failure(...args: string[]): Promise<string> {
  stdout = '';
  stderr = '';
  expect(await run([...args, '-b', broker.bootstrapServers])).toBe(1);
  expect(stdout).toBe('');
  return stderr;
}

/** Sends lines without a process for it. */
async function produce(topic: string, input: string, options: Partial<ProduceOptions> = {}): Promise<string> {
  stdout = '';
  const defaults = {
    brokers: broker.bootstrapServers,
    operationTimeout: 15_000,
    compression: 'none',
    acks: 'all',
  } as const;
  await produceLines(topic, { ...defaults, ...options }, Readable.from([Buffer.from(input)]));
  return stdout;
}

const consumeAll = (topic: string, ...options: string[]) =>
  nagare('consume', topic, '--from-beginning', '--timeout', '10000', ...options);

describe('nagare topics', () => {
  test('creates, lists, describes, changes and deletes', async () => {
    expect(await nagare('topics', 'create', 'made', '-p', '2', '-c', 'retention.ms=1000')).toBe('created made\n');
    expect(await nagare('topics', 'list')).toContain('made            2         1\n');
    expect(await nagare('topics', 'alter', 'made', '-p', '3', '--delete-config', 'retention.ms')).toBe(
      'altered made\n',
    );
    const [described] = JSON.parse(await nagare('topics', 'describe', 'made', '--output', 'json'));
    expect(described).toMatchObject({ topic: 'made', isInternal: false, configs: {} });
    expect(described.partitions).toHaveLength(3);
    expect(described.partitions[0]).toMatchObject({ partition: 0, leader: 1, startOffset: 0, endOffset: 0 });
    expect(await nagare('topics', 'delete', 'made')).toBe('deleted made\n');
    expect(await nagare('topics', 'list', '--output', 'json')).not.toContain('made');
  });

  test('shows the settings that were made for a topic, and its offsets', async () => {
    await nagare('topics', 'create', 'set', '-c', 'retention.ms=60000');
    const text = await nagare('topics', 'describe', 'set');
    expect(text).toMatch(/^set \(\S{22}\)\n {2}retention.ms=60000\nPARTITION {2}LEADER/);
  });

  test('only asks with --dry-run', async () => {
    expect(await nagare('topics', 'create', 'dry', '--dry-run')).toBe('would be created: dry\n');
    expect(await nagare('topics', 'list')).not.toContain('dry');
  });

  test('leaves a topic that exists, or refuses', async () => {
    await nagare('topics', 'create', 'twice');
    expect(await nagare('topics', 'create', 'twice', '--if-not-exists')).toBe('twice exists\n');
    expect(await failure('topics', 'create', 'twice')).toMatch(/^nagare: .*TOPIC_ALREADY_EXISTS.*\n$/);
  });

  test('tells of a topic that is not there', async () => {
    expect(await failure('topics', 'describe', 'absent')).toMatch(/^nagare: .*absent.*UNKNOWN_TOPIC_OR_PARTITION.*\n$/);
  });
});

describe('nagare produce and consume', { timeout: 60_000 }, () => {
  test('carry lines through, with keys', async () => {
    await nagare('topics', 'create', 'lines', '-p', '1');
    const args = ['produce', 'lines', '-K', ':', '-b', broker.bootstrapServers];
    await using child = new NagareProcess(args, { input: 'a:1\nb:2\n:3' });
    expect(await child.ended).toEqual({ code: 0, stdout: 'produced 3 records to lines\n', stderr: '' });
    expect(await consumeAll('lines', '--max', '3', '-f', '%p %o %k=%v\\n')).toBe('0 0 a=1\n0 1 b=2\n0 2 =3\n');
  });

  test('carry 20,000 lines through a compressed topic in order', async () => {
    await nagare('topics', 'create', 'many', '-p', '1');
    const input = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
    expect(await produce('many', input, { compression: 'lz4' })).toBe('produced 20000 records to many\n');
    expect(await consumeAll('many', '--max', '20000')).toBe(input);
  });

  test('show a record as JSON', async () => {
    await produce('json', 'x\n', { key: 'k', header: ['h=1'] });
    const record = JSON.parse(await consumeAll('json', '--max', '1', '--output', 'json'));
    expect(record).toMatchObject({
      topic: 'json',
      offset: 0,
      key: 'k',
      value: 'x',
      headers: [{ key: 'h', value: '1' }],
    });
  });

  test('stop when nothing comes', async () => {
    await nagare('topics', 'create', 'silent');
    expect(await nagare('consume', 'silent', '--from-beginning', '--timeout', '300')).toBe('');
  });

  test('start where they are told to', async () => {
    await nagare('topics', 'create', 'from', '-p', '1');
    await produce('from', 'a\nb\nc\n');
    expect(await nagare('consume', 'from', '-p', '0', '-o', '1', '--max', '2', '--timeout', '10000')).toBe('b\nc\n');
  });

  test('go on with a group from what was printed', async () => {
    await nagare('topics', 'create', 'shared', '-p', '1');
    await produce('shared', 'a\nb\nc\n');
    expect(await consumeAll('shared', '-g', 'readers', '--max', '1')).toBe('a\n');
    expect(await consumeAll('shared', '-g', 'readers', '--max', '2')).toBe('b\nc\n');
  });
});

describe('nagare groups', () => {
  test('lists, describes, resets and deletes', async () => {
    await nagare('topics', 'create', 'grouped', '-p', '1');
    await produce('grouped', 'a\nb\nc\n');
    await consumeAll('grouped', '-g', 'g1', '--max', '2');
    expect(JSON.parse(await nagare('groups', 'list', '--output', 'json'))).toContainEqual(
      expect.objectContaining({ groupId: 'g1', state: 'Empty', protocolType: 'consumer' }),
    );
    const lagOf = async () => JSON.parse(await nagare('groups', 'describe', 'g1', '--output', 'json'))[0].offsets[0];
    expect(await lagOf()).toMatchObject({ topic: 'grouped', committed: 2, endOffset: 3, lag: 1, member: null });
    expect(await nagare('groups', 'describe', 'g1')).toContain('grouped          0          2    3    1');
    const reset = ['groups', 'reset', 'g1', '-t', 'grouped'];
    expect(await nagare(...reset, '--to-earliest', '--dry-run')).toMatch(/^TOPIC {4}PARTITION {2}WOULD BE\n/);
    expect(await lagOf()).toMatchObject({ committed: 2 });
    await nagare(...reset, '--shift-by', '-1');
    expect(await lagOf()).toMatchObject({ committed: 1 });
    await nagare(...reset, '--to-offset', '99');
    expect(await lagOf()).toMatchObject({ committed: 3, lag: 0 });
    await nagare(...reset, '--to-timestamp', '0');
    expect(await lagOf()).toMatchObject({ committed: 0 });
    expect(await nagare('groups', 'delete', 'g1')).toBe('deleted g1\n');
    expect(await nagare('groups', 'list')).not.toContain('g1');
  });

  test('says where to set offsets to, once', async () => {
    stderr = '';
    expect(
      await run(['groups', 'reset', 'g', '-t', 't', '--to-latest', '--to-earliest', '-b', broker.bootstrapServers]),
    ).toBe(2);
    expect(stderr).toMatch(/^nagare: say where to, once/);
  });
});
