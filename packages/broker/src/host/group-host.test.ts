import { silentLog } from '@nagare/base';
import { createSimulation } from '@nagare/base/sim';
import type { ErrorName } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import type { CommitEvent } from '../core/group/commit-event.ts';
import { noTopics } from '../core/group/consumer/cluster-view.ts';
import type { FetchedOffsets, PartitionResults } from '../core/group/offsets.ts';
import { partitionOfKey } from '../core/key-partition.ts';
import { anybody, testSettings } from '../testing/group-shard.ts';
import { MemoryRecordLog } from '../testing/memory-record-log.ts';
import { GroupHost } from './group-host.ts';

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
    cluster: () => noTopics,
    clock,
    timers,
    random,
    log: silentLog,
  });
  return { simulation, groups, logs };
}

const topicId = 'iQ2-sOb7T1uRNzZzBBc4lA';

function commitEvent(groupId: string): CommitEvent {
  const partition = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 0, committedMetadata: null };
  return {
    ...{ groupId, memberId: '', groupInstanceId: null, generationId: -1, retentionMs: -1, knowsMissingGroups: true },
    topics: [{ name: 't', topicId, partitionCount: 1, partitions: [partition] }],
  };
}

function commit(groups: GroupHost, groupId: string): Promise<PartitionResults | ErrorName> {
  return groups.submit<PartitionResults | ErrorName>(
    groupId,
    (core, turn) => core.commit(commitEvent(groupId), turn),
    (error) => error,
  );
}

const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, isCommit: true, transactionVersion: 1 };

function commitInTransaction(
  groups: GroupHost,
  enlist: (partition: unknown) => Promise<ErrorName>,
  mode: 'verify' | 'add' = 'verify',
): Promise<PartitionResults | ErrorName> {
  const producer = { id: 7, epoch: 0 };
  const event = { ...commitEvent('hello'), producer };
  return groups.submitInTransaction<PartitionResults | ErrorName>(
    'hello',
    { producer, mode, enlist },
    (core, turn) => core.commit(event, turn),
    (error) => error,
  );
}

async function topicsOf(groups: GroupHost, groupId: string): Promise<readonly string[]> {
  const reply = await groups.submit<FetchedOffsets>(
    groupId,
    (core, turn) => core.fetchOffsets({ ...anybody, groupId, topics: null }, turn),
    () => ({ errorCode: -1, topics: [] }),
  );
  return reply.topics.map(({ name }) => name);
}

describe('the partition of a group', () => {
  test('is the one that Java finds by the hash of its id', () => {
    expect(partitionOfKey('hello', 50)).toBe(99_162_322 % 50);
    expect(partitionOfKey('', 50)).toBe(0);
    expect(partitionOfKey('polygenelubricants', 50)).toBe(0); // Its hash is the smallest of integers.
    expect(partitionOfKey('console-consumer', 50)).toBe(40); // Its hash is negative.
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
    expect(partitionOfKey('hello', 3)).toBe(1);
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
    again.groups.topicDeleted({ name: 't', id: topicId });
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

  test('commits offsets in a transaction that their partition is in', async () => {
    const { groups, logs } = openGroups();
    await groups.prepare('hello');
    const asked: unknown[] = [];
    const enlist = async (partition: unknown): Promise<ErrorName> => {
      asked.push(partition);
      return 'NONE';
    };
    expect(await commitInTransaction(groups, enlist)).toMatchObject({ errorCode: 0 });
    expect(asked).toEqual([{ topic: '__consumer_offsets', partition: 1 }]);
    expect(logs[1]?.batches[0]?.[0]?.producer).toEqual({ id: 7, epoch: 0 });
    expect(await topicsOf(groups, 'hello')).toEqual([]);
    expect(await groups.writeMarker(1, marker)).toBe('NONE');
    expect(await topicsOf(groups, 'hello')).toEqual(['t']);
  });

  test('writes nothing into a transaction that the partition is not in, or that ended while that was found out', async () => {
    const { groups, logs } = openGroups();
    await groups.prepare('hello');
    expect(await commitInTransaction(groups, async () => 'INVALID_TXN_STATE')).toBe('INVALID_TXN_STATE');
    const enlist = async (): Promise<ErrorName> => {
      await groups.writeMarker(1, { ...marker, isCommit: false });
      return 'NONE';
    };
    expect(await commitInTransaction(groups, enlist)).toBe('INVALID_TXN_STATE');
    expect(logs[1]?.batches).toEqual([]);
    expect(await commitInTransaction(groups, async () => 'NONE')).toMatchObject({ errorCode: 0 });
  });

  test('leaves it to the epoch to fence a producer whose partition was added, perhaps after the marker', async () => {
    const { groups } = openGroups();
    await groups.prepare('hello');
    const endBefore = (producerEpoch: number) => async (): Promise<ErrorName> => {
      await groups.writeMarker(1, { ...marker, producerEpoch });
      return 'NONE';
    };
    expect(await commitInTransaction(groups, endBefore(0), 'add')).toMatchObject({ errorCode: 0 });
    expect(await commitInTransaction(groups, endBefore(1), 'add')).toBe('INVALID_PRODUCER_EPOCH');
  });

  test('writes no marker into a partition that it has not', async () => {
    const { groups } = openGroups({ exists: false });
    expect(await groups.writeMarker(1, marker)).toBe('NOT_COORDINATOR');
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
