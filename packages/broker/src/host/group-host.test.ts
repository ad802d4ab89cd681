import { silentLog } from '@nagare/base';
import { createSimulation } from '@nagare/base/sim';
import type { ErrorName } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import type { FetchedOffsets, PartitionResults } from '../core/group/offsets.ts';
import { testSettings } from '../testing/group-shard.ts';
import { MemoryRecordLog } from '../testing/memory-record-log.ts';
import { GroupHost, partitionOfGroup } from './group-host.ts';

function openGroups(options: { exists?: boolean; ensured?: ErrorName; seed?: number } = {}) {
  const simulation = createSimulation({ seed: options.seed ?? 1 });
  const { clock, timers, random } = simulation.platform();
  const logs = [new MemoryRecordLog(), new MemoryRecordLog(), new MemoryRecordLog()];
  let partitions = options.exists === false ? 0 : logs.length;
  const groups = new GroupHost({
    settings: { ...testSettings, offsetsRetentionMs: 5_000, offsetsRetentionCheckIntervalMs: 1_000 },
    topic: {
      partitionCount: () => partitions,
      recordLog: (partition) => (partition < partitions ? logs[partition] : undefined),
      ensure: async () => {
        const error = options.ensured ?? 'NONE';
        if (error === 'NONE') partitions = logs.length;
        return error;
      },
    },
    clock,
    timers,
    random,
    log: silentLog,
  });
  return { simulation, groups, logs };
}

const topicId = 'iQ2-sOb7T1uRNzZzBBc4lA';

function commit(groups: GroupHost, groupId: string): Promise<PartitionResults | ErrorName> {
  const partition = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 0, committedMetadata: null };
  const event = {
    ...{ groupId, memberId: '', groupInstanceId: null, generationId: -1, retentionMs: -1, knowsMissingGroups: true },
    topics: [{ name: 't', topicId, partitionCount: 1, partitions: [partition] }],
  };
  return groups.submit<PartitionResults | ErrorName>(
    groupId,
    (core, turn) => core.commit(event, turn),
    (error) => error,
  );
}

async function topicsOf(groups: GroupHost, groupId: string): Promise<readonly string[]> {
  const reply = await groups.submit<FetchedOffsets>(
    groupId,
    (core, turn) => core.fetchOffsets({ groupId, topics: null }, turn),
    () => ({ errorCode: -1, topics: [] }),
  );
  return reply.topics.map(({ name }) => name);
}

describe('the partition of a group', () => {
  test('is the one that Java finds by the hash of its id', () => {
    expect(partitionOfGroup('hello', 50)).toBe(99_162_322 % 50);
    expect(partitionOfGroup('', 50)).toBe(0);
    expect(partitionOfGroup('polygenelubricants', 50)).toBe(0); // Its hash is the smallest of integers.
    expect(partitionOfGroup('console-consumer', 50)).toBe(40); // Its hash is negative.
  });
});

describe('the group coordinator', () => {
  test('serves a group as soon as its topic has been created', async () => {
    const { groups } = openGroups({ exists: false });
    groups.start();
    expect(await commit(groups, 'g')).toBe('NOT_COORDINATOR');
    expect(await groups.prepare('g')).toBe('NONE');
    expect(await commit(groups, 'g')).toMatchObject({ errorCode: 0 });
  });

  test('passes on why its topic could not be created', async () => {
    const { groups } = openGroups({ exists: false, ensured: 'INVALID_REPLICATION_FACTOR' });
    expect(await groups.prepare('g')).toBe('INVALID_REPLICATION_FACTOR');
  });

  test('writes a commit to the partition of its group', async () => {
    const { groups, logs } = openGroups();
    await groups.prepare('hello');
    await commit(groups, 'hello');
    expect(logs.map(({ batches }) => batches.length)).toEqual([0, 1, 0]);
    expect(partitionOfGroup('hello', 3)).toBe(1);
  });

  test('lists the groups of all partitions once all have loaded', async () => {
    const { groups } = openGroups();
    groups.start();
    const early = await groups.list({ states: [], types: [] });
    expect(early).toEqual({ error: 'COORDINATOR_LOAD_IN_PROGRESS', groups: [] });
    for (const groupId of ['a', 'b', 'c', 'd']) await commit(groups, groupId);
    const { error, groups: listed } = await groups.list({ states: [], types: [] });
    expect(error).toBe('NONE');
    expect(listed.map(({ groupId }) => groupId).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('forgets the offsets of a deleted topic, also in partitions that are still loading', async () => {
    const { simulation, groups, logs } = openGroups();
    await groups.prepare('g');
    await commit(groups, 'g');
    groups.close();
    const again = openGroups();
    again.logs.forEach((log, index) => {
      log.batches.push(...(logs[index]?.batches ?? []));
    });
    again.groups.start();
    again.groups.topicDeleted('t');
    await simulation.advance(1);
    expect(await topicsOf(again.groups, 'g')).toEqual([]);
    expect(await again.groups.list({ states: [], types: [] })).toMatchObject({ groups: [{ groupId: 'g' }] });
  });

  test('looks for expired offsets now and then', async () => {
    const { simulation, groups } = openGroups();
    groups.start();
    await groups.prepare('g');
    await simulation.advance(1);
    await commit(groups, 'g');
    await simulation.advance(4_500);
    expect(await topicsOf(groups, 'g')).toEqual(['t']);
    await simulation.advance(2_000);
    expect(await topicsOf(groups, 'g')).toEqual([]);
    groups.close();
  });

  test('refuses everything after it was closed', async () => {
    const { groups } = openGroups();
    await groups.prepare('g');
    groups.close();
    expect(await commit(groups, 'g')).toBe('NOT_COORDINATOR');
  });

  test('gives members ids that begin with a name and never come again', () => {
    const { groups } = openGroups();
    expect(groups.newMemberId('app')).toMatch(
      /^app-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(groups.newMemberId('app')).not.toBe(groups.newMemberId('app'));
  });
});
