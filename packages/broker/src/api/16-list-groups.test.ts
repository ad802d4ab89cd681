import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';
import { handleListGroups } from './16-list-groups.ts';

describe('ListGroups', () => {
  test.each(versionsOf(apis.listGroups))('version %i lists the groups of all partitions', async (version) => {
    const groups = await TestGroups.started();
    await groups.stable('a');
    await groups.stable('b');
    const reply = await groups.ask(handleListGroups, apis.listGroups, version, {});
    expect(reply.errorCode).toBe(0);
    expect(reply.groups.map(({ groupId }) => groupId).sort()).toEqual(['a', 'b']);
    const state = version < 4 ? '' : 'Stable';
    expect(reply.groups[0]).toMatchObject({
      protocolType: 'consumer',
      groupState: state,
      groupType: version < 5 ? '' : 'classic',
    });
  });

  test('filters by state and type', async () => {
    const groups = await TestGroups.started();
    await groups.stable();
    const count = async (body: object) => (await groups.ask(handleListGroups, apis.listGroups, 5, body)).groups.length;
    expect(await count({ statesFilter: ['Stable'] })).toBe(1);
    expect(await count({ statesFilter: ['Empty'] })).toBe(0);
    expect(await count({ typesFilter: ['classic'] })).toBe(1);
    expect(await count({ typesFilter: ['share'] })).toBe(0);
  });

  test('waits for all partitions, and is empty without any', async () => {
    const loading = new TestGroups();
    loading.groups.start();
    const ask = (groups: TestGroups) => groups.ask(handleListGroups, apis.listGroups, 5, {});
    expect(await ask(loading)).toMatchObject({ errorCode: errorCode.COORDINATOR_LOAD_IN_PROGRESS, groups: [] });
    expect(await ask(new TestGroups({ isCreated: false }))).toMatchObject({ errorCode: 0, groups: [] });
  });
});
