import { seededRandom, silentLog } from '@nagare/base';
import { codecOf, Reader, storedRecords } from '@nagare/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../config/resolve-settings.ts';
import type { SettingValue } from '../config/setting.ts';
import { Controller } from '../core/controller/controller.ts';
import { type TopicsDelta, topicConfigsOf } from '../core/controller/image.ts';
import { encodeMetadataRecord } from '../core/controller/records.ts';
import { BrokerError } from '../errors.ts';
import { ControllerHost } from './controller-host.ts';
import { MetadataJournal } from './metadata-journal.ts';
import { MemoryMetadataLog, type MetadataBatch } from './metadata-log.ts';
import type { MetadataSnapshot, MetadataSnapshots } from './metadata-snapshots.ts';
import { memoryQuorumState } from './quorum-state.ts';

interface Machine {
  readonly metadataLog: MemoryMetadataLog;
  start(flags?: Readonly<Record<string, SettingValue>>): Promise<ControllerHost>;
}

/** A broker's lasting parts: every start finds what the last one left. */
function machine(metadataLog = new MemoryMetadataLog(), snapshots?: MetadataSnapshots): Machine {
  const quorumState = memoryQuorumState();
  const random = seededRandom('controller-host');
  return {
    metadataLog,
    start: (flags = {}) =>
      ControllerHost.open({
        ...{ settings: resolveSettings({ flags }), metadataLog, quorumState, random, log: silentLog },
        directoryId: 'ZGlyZWN0b3J5LWZvci0xLQ',
        nowMs: () => 0,
        snapshots,
        endpoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092 }],
      }),
  };
}

async function batchesOf(log: MemoryMetadataLog): Promise<MetadataBatch[]> {
  const batches: MetadataBatch[] = [];
  await log.replay(log.startOffset, (batch) => batches.push(batch));
  return batches;
}

describe('ControllerHost at start', () => {
  test('opens an epoch with a leader change, then writes the features and the broker', async () => {
    const { metadataLog, start } = machine();
    const controller = await start({ 'node.id': 4, 'broker.rack': 'r' });
    const [leaderChange, ...rest] = await batchesOf(metadataLog);
    expect(leaderChange).toMatchObject({ leaderEpoch: 1, isControl: true });
    expect(leaderChange?.records[0]?.key?.toString('hex')).toBe('00000002');
    const message = codecOf(storedRecords.leaderChangeMessage, 0);
    expect(message.read(new Reader(leaderChange?.records[0]?.value as Buffer))).toMatchObject({
      leaderId: 4,
      version: 0,
    });
    expect(rest.every(({ isControl, leaderEpoch }) => !isControl && leaderEpoch === 1)).toBe(true);
    const image = controller.image();
    expect(image.features.get('metadata.version')).toBe(30);
    expect(image.brokers.get(4)).toMatchObject({ id: 4, epoch: 8, rack: 'r', isFenced: false });
    expect(controller.committedOffset).toBe(metadataLog.endOffset - 1);
  });

  test('a restart finds everything, and elects itself in a new epoch', async () => {
    const { metadataLog, start } = machine();
    const before = await start();
    await before.ensureTopics(['a', 'b']);
    const after = await start();
    const partition = (host: ControllerHost) => host.image().topicsByName.get('a')?.partitions[0];
    expect([...after.image().topicsByName.keys()]).toEqual(['a', 'b']);
    expect(partition(before)).toMatchObject({ leader: 1, leaderEpoch: 0, partitionEpoch: 0 });
    expect(partition(after)).toMatchObject({ leader: 1, leaderEpoch: 1, partitionEpoch: 1 });
    expect((await batchesOf(metadataLog)).at(-1)?.leaderEpoch).toBe(2);
    expect(after.image().features.size).toBe(6);
    expect(after.image().brokers.get(1)?.incarnationId).not.toBe(before.image().brokers.get(1)?.incarnationId);
  });

  test('a lost vote does not reuse an epoch of the log', async () => {
    const first = machine();
    await first.start();
    await first.start();
    await machine(first.metadataLog).start();
    expect((await batchesOf(first.metadataLog)).at(-1)?.leaderEpoch).toBe(3);
  });

  test('producer ids of a block that was leased are never given again', async () => {
    const { start } = machine();
    const before = await start();
    expect([await before.nextProducerId(), await before.nextProducerId()]).toEqual([0, 1]);
    expect(await (await start()).nextProducerId()).toBe(1000);
  });

  test('a transaction whose end was not written counts for nothing', async () => {
    const { metadataLog, start } = machine();
    await start();
    const value = encodeMetadataRecord({ type: 'beginTransactionRecord', value: { name: 'half' } });
    const topic = encodeMetadataRecord({
      type: 'topicRecord',
      value: { name: 'half', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' },
    });
    const records = [value, topic].map((bytes) => ({ key: null, value: bytes }));
    await metadataLog.append({ leaderEpoch: 1, isControl: false, records });
    const controller = await start();
    expect(controller.image().topicsByName.has('half')).toBe(false);
    expect((await controller.ensureTopic('half')).error).toBe('NONE');
    expect((await start()).image().topicsByName.has('half')).toBe(true);
  });

  test('a log that no controller wrote is told as corrupt', async () => {
    const { metadataLog, start } = machine();
    const records = [{ key: null, value: Buffer.from('junk') }];
    await metadataLog.append({ leaderEpoch: 1, isControl: false, records });
    await expect(start()).rejects.toMatchObject({ code: 'NAGARE_BROKER_LOG_CORRUPT' });
  });
});

describe('ControllerHost', () => {
  test('writes each change as one batch, and one too large as a transaction', async () => {
    const { metadataLog, start } = machine();
    const controller = await start();
    const batchesBefore = (await batchesOf(metadataLog)).length;
    await controller.ensureTopics(['a', 'b', 'c']);
    expect((await batchesOf(metadataLog)).length).toBe(batchesBefore + 1);
    const value = Array.from({ length: 7_500 }, () => '1:1').join(',');
    const names = Array.from({ length: 400 }, (_, index) => `large-${index}`);
    const results = await controller.createTopics(
      names.map((name) => ({
        ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [] },
        configs: [{ name: 'leader.replication.throttled.replicas', value }],
      })),
    );
    expect(results.every(({ error }) => error === 'NONE')).toBe(true);
    expect((await batchesOf(metadataLog)).length).toBeGreaterThan(batchesBefore + 2);
    const restarted = await machine(metadataLog).start();
    expect(restarted.image().topicsByName.size).toBe(403);
    expect(topicConfigsOf(restarted.image(), 'large-399').size).toBe(1);
  });

  test('ensureTopic called at once from many places creates once', async () => {
    const { metadataLog, start } = machine();
    const controller = await start();
    const batchesBefore = (await batchesOf(metadataLog)).length;
    const results = await Promise.all([
      ...Array.from({ length: 10 }, () => controller.ensureTopic('a')),
      controller.ensureTopics(['a', 'b']).then((topics) => topics.get('a')),
    ]);
    expect(new Set(results.map((result) => result?.topic?.id)).size).toBe(1);
    expect((await batchesOf(metadataLog)).length).toBe(batchesBefore + 2);
    expect((await controller.ensureTopic('a')).error).toBe('NONE');
  });

  test('a topic that another command creates first is there for ensureTopic', async () => {
    const controller = await machine().start();
    const plain = { name: 'a', numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] };
    const [, ensured] = await Promise.all([controller.createTopics([plain]), controller.ensureTopic('a')]);
    expect(ensured).toMatchObject({ error: 'NONE', topic: { partitions: { length: 3 } } });
  });

  test('__consumer_offsets is compacted and has no more replicas than there are brokers', async () => {
    const controller = await machine().start({ 'offsets.topic.num.partitions': 7 });
    const { topic } = await controller.ensureTopic('__consumer_offsets');
    expect(topic).toMatchObject({ isInternal: true, partitions: { length: 7 } });
    expect(Object.fromEntries(topicConfigsOf(controller.image(), '__consumer_offsets'))).toMatchObject({
      'cleanup.policy': 'compact',
    });
    const transactions = await controller.ensureTopic('__transaction_state');
    expect(topicConfigsOf(controller.image(), '__transaction_state').get('min.insync.replicas')).toBe('1');
    expect(transactions.topic?.partitions).toHaveLength(50);
  });

  test('listeners have finished before a change is answered, and are told what changed', async () => {
    const controller = await machine().start();
    const deltas: TopicsDelta[] = [];
    let isFinished = false;
    controller.onDelta(async (delta, image) => {
      expect(image).toBe(controller.image());
      await Promise.resolve();
      deltas.push(delta);
      isFinished = true;
    });
    await controller.ensureTopic('a');
    expect(isFinished).toBe(true);
    await controller.createPartitions({ topics: [{ name: 'a', count: 3, assignments: null }], validateOnly: false });
    await controller.alterConfigs({
      resources: [{ type: 2, name: 'a', changes: [{ name: 'retention.ms', operation: 'set', value: '1' }] }],
      ...{ replacesAll: false, validateOnly: false },
    });
    await controller.deleteTopics([{ name: 'a', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }]);
    expect(
      deltas.map((delta) =>
        Object.entries(delta)
          .filter(([, items]) => items.length > 0)
          .map(([name]) => name),
      ),
    ).toEqual([['created'], ['partitionsAdded'], ['configsChanged'], ['deleted']]);
    expect(deltas[1]?.partitionsAdded[0]?.partitions.map(({ index }) => index)).toEqual([1, 2]);
  });

  test('a listener that fails does not undo a committed change', async () => {
    const controller = await machine().start();
    controller.onDelta(() => Promise.reject(new Error('no room')));
    expect((await controller.ensureTopic('a')).error).toBe('NONE');
    expect((await controller.ensureTopic('b')).error).toBe('NONE');
  });

  test('after a failed append nothing is decided any more, and the image shows none of it', async () => {
    const { metadataLog, start } = machine();
    const controller = await start();
    const append = metadataLog.append;
    metadataLog.append = () => Promise.reject(new Error('EIO'));
    await expect(controller.ensureTopic('a')).rejects.toMatchObject({ code: 'NAGARE_BROKER_LOG_FAILED' });
    metadataLog.append = append;
    await expect(controller.ensureTopic('b')).rejects.toBeInstanceOf(BrokerError);
    await expect(controller.nextProducerId()).rejects.toBeInstanceOf(BrokerError);
    expect(controller.image().topicsByName.size).toBe(0);
  });

  test('close waits for what is under way and refuses the rest', async () => {
    const controller = await machine().start();
    const pending = controller.ensureTopic('a');
    await pending;
    await controller.close();
    await expect(controller.ensureTopic('b')).rejects.toMatchObject({ code: 'NAGARE_BROKER_STOPPED' });
  });

  test('the image that was read stays as it was', async () => {
    const controller = await machine().start();
    await controller.ensureTopic('a');
    const image = controller.image();
    await controller.createPartitions({ topics: [{ name: 'a', count: 9, assignments: null }], validateOnly: false });
    await controller.ensureTopic('b');
    expect([...image.topicsByName.keys()]).toEqual(['a']);
    expect(image.topicsByName.get('a')?.partitions).toHaveLength(1);
  });
});

const name = fc.constantFrom('a', 'b', 'a.b', 'a_b', '__consumer_offsets', 'bad/name');

/** Any command, good or bad. */
const command = fc.oneof(
  fc.record({ type: fc.constant('ensure' as const), name }),
  fc.record({ type: fc.constant('delete' as const), name }),
  fc.record({ type: fc.constant('grow' as const), name, count: fc.integer({ min: 0, max: 6 }) }),
  fc.record({
    type: fc.constant('configure' as const),
    name: fc.oneof(
      name.map((topic) => ({ type: 2, name: topic })),
      fc.constantFrom({ type: 4, name: '' }, { type: 4, name: '1' }),
    ),
    config: fc.constantFrom('retention.ms', 'cleanup.policy', 'log.retention.ms', 'nope'),
    operation: fc.constantFrom('set' as const, 'delete' as const, 'append' as const, 'subtract' as const),
    value: fc.constantFrom('1', 'compact', 'x'),
    replacesAll: fc.boolean(),
  }),
  fc.record({ type: fc.constant('producer' as const) }),
  fc.record({ type: fc.constant('restart' as const) }),
);

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

function run(controller: ControllerHost, step: Exclude<Command, { type: 'restart' }>): Promise<unknown> {
  switch (step.type) {
    case 'ensure':
      return controller.ensureTopic(step.name);
    case 'delete':
      return controller.deleteTopics([{ name: step.name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }]);
    case 'grow':
      return controller.createPartitions({ topics: [{ ...step, assignments: null }], validateOnly: false });
    case 'configure': {
      const { config, operation, value, replacesAll } = step;
      const changes = [{ name: config, operation, value }];
      return controller.alterConfigs({ resources: [{ ...step.name, changes }], replacesAll, validateOnly: false });
    }
    case 'producer':
      return controller.nextProducerId();
  }
}

describe('the metadata', () => {
  test('is, after any commands, what the log replays to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (steps) => {
        const { metadataLog, start } = machine();
        let controller = await start();
        for (const step of steps) {
          if (step.type === 'restart') controller = await start();
          else await run(controller, step);
        }
        const copy = new MemoryMetadataLog();
        for (const batch of await batchesOf(metadataLog)) await copy.append(batch);
        const live = controller.image();
        const replayed = await replayOnly(copy);
        expect(replayed).toEqual(live);
      }),
      { numRuns: 60 },
    );
  });

  test('is the same where snapshots take the place of the log', async () => {
    const bytesBetween = fc.constantFrom(1, 200, 2_000);
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), bytesBetween, async (steps, bytes) => {
        const log = new MemoryMetadataLog();
        const snapshots = memorySnapshots();
        const { start } = machine(log, snapshots);
        const flags = { 'metadata.log.max.record.bytes.between.snapshots': bytes };
        let controller = await start(flags);
        for (const step of steps) {
          if (step.type === 'restart') controller = await start(flags);
          else await run(controller, step);
        }
        expect(await replayOnly(log, snapshots)).toEqual(controller.image());
        if (bytes === 1) expect(log.startOffset).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test('and the level of the quorum is known after a restart, from the log or a snapshot', async () => {
    for (const bytes of [1, 2 ** 20]) {
      const log = new MemoryMetadataLog();
      const { start } = machine(log, memorySnapshots());
      const flags = { 'metadata.log.max.record.bytes.between.snapshots': bytes };
      const controller = await start(flags);
      const updates = [{ name: 'kraft.version', level: 1, type: 'upgrade' as const }];
      expect((await controller.updateFeatures({ updates, validateOnly: false })).error).toBe('NONE');
      await controller.ensureTopic('a');
      expect((await start(flags)).kraftVersion).toBe(1);
      expect((await start(flags)).kraftVersion).toBe(1);
    }
  });

  test('stays in the log when a snapshot cannot be kept', async () => {
    const log = new MemoryMetadataLog();
    const snapshots = { ...memorySnapshots(), save: () => Promise.reject(new Error('The disk is full')) };
    const controller = await machine(log, snapshots).start({ 'metadata.log.max.record.bytes.between.snapshots': 1 });
    expect((await controller.ensureTopic('a')).error).toBe('NONE');
    expect(log.startOffset).toBe(0);
    expect(await replayOnly(log, snapshots)).toEqual(controller.image());
  });

  test('is not taken for whole when what a snapshot stood for is gone', async () => {
    const log = new MemoryMetadataLog();
    const { start } = machine(log, memorySnapshots());
    await start({ 'metadata.log.max.record.bytes.between.snapshots': 1 });
    await expect(machine(log, memorySnapshots()).start()).rejects.toMatchObject({ code: 'NAGARE_BROKER_LOG_CORRUPT' });
  });
});

function memorySnapshots(): MetadataSnapshots {
  let newest: MetadataSnapshot | undefined;
  return {
    latest: async () => newest,
    save: async (snapshot) => {
      newest = snapshot;
    },
  };
}

/** The image that a start sees before it writes anything. */
async function replayOnly(metadataLog: MemoryMetadataLog, snapshots?: MetadataSnapshots) {
  const core = new Controller(resolveSettings());
  await new MetadataJournal(metadataLog, snapshots).replay((record) => core.replay(record));
  core.publish();
  return core.image;
}
