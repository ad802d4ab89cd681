import type { Assignor, GroupSubscription, MemberAssignment } from '@nagare/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withHosts } from './hosts-assignor.ts';
import type { HostTasks } from './owners.ts';

/** Gives partition by partition to one member after the other, and says what it was told. */
function inTurn(seen: { asked?: (string | undefined)[]; given?: MemberAssignment } = {}): Assignor {
  return {
    name: 'in-turn',
    protocol: 'cooperative',
    userData: () => Buffer.from('own'),
    assign(members, counts) {
      seen.asked = members.map(({ userData }) => userData?.toString());
      const given = new Map(
        members.map(({ memberId }) => [memberId, { partitions: [] as { topic: string; partition: number }[] }]),
      );
      for (const [topic, count] of counts) {
        for (let partition = 0; partition < count; partition += 1) {
          given.get(members[partition % members.length]?.memberId ?? '')?.partitions.push({ topic, partition });
        }
      }
      return new Map([...given].map(([id, rest]) => [id, { ...rest, userData: Buffer.from(`standby ${id}`) }]));
    },
    onAssignment: (given) => {
      seen.given = given;
    },
  };
}

function member(memberId: string, userData: Buffer | null): GroupSubscription {
  return {
    memberId,
    userData,
    groupInstanceId: null,
    topics: ['in'],
    ownedPartitions: [],
    generationId: -1,
    rackId: null,
  };
}

function wrapped(server: string | undefined, seen: Parameters<typeof inTurn>[0] = {}) {
  const told: (readonly HostTasks[])[] = [];
  const assignor = withHosts(inTurn(seen), {
    server: () => server,
    subTopologies: [
      { id: 0, topics: ['in'] },
      { id: 1, topics: ['other'] },
    ],
    standbyTasksOf: (data) => [String(data)],
    onHosts: (hosts) => told.push(hosts),
  });
  return { assignor, told };
}

describe('members that tell where they answer', () => {
  test('each learns of the tasks of all, and the assignor of its own data alone', () => {
    const seen: Parameters<typeof inTurn>[0] = {};
    const { assignor, told } = wrapped('a:1', seen);
    const data = (server: string | undefined) => wrapped(server).assignor.userData?.(['in'], 1) ?? null;
    const members = [member('m1', data('a:1')), member('m2', data('b:2')), member('m3', data(undefined))];
    const result = assignor.assign(members, new Map([['in', 4]]));
    expect(seen.asked).toEqual(['own', 'own', 'own']);
    assignor.onAssignment?.(result.get('m3') as MemberAssignment, 1);
    expect(told).toEqual([
      [
        { server: 'a:1', active: ['0_0', '0_3'], standby: ['standby m1'] },
        { server: 'b:2', active: ['0_1'], standby: ['standby m2'] },
      ],
    ]);
    expect(seen.given?.userData?.toString()).toBe('standby m3');
    expect(seen.given?.partitions).toEqual([{ topic: 'in', partition: 2 }]);
  });

  test('members and leaders of another version are borne', () => {
    const seen: Parameters<typeof inTurn>[0] = {};
    const { assignor, told } = wrapped('a:1', seen);
    const run = (bytes: Uint8Array | null) => {
      const data = bytes === null ? null : Buffer.from(bytes);
      expect(assignor.assign([member('m1', data)], new Map([['in', 1]])).get('m1')?.partitions).toHaveLength(1);
      assignor.onAssignment?.({ partitions: [], userData: data }, 1);
    };
    run(null);
    run(Buffer.from('{"nagareHosts":1'));
    run(Buffer.from('{"nagareHosts":1,"hosts":[null],"server":7,"inner":{}}'));
    fc.assert(fc.property(fc.uint8Array(), run));
    expect(told).toEqual([]);
  });
});
