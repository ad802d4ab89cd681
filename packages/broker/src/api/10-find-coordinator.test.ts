import { apis, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { TestGroups, versionsOf } from '../testing/handler-groups.ts';
import { startTestBroker } from '../testing/test-broker.ts';
import { handleOffsetFetch } from './09-offset-fetch.ts';
import { handleFindCoordinator } from './10-find-coordinator.ts';

const find = (groups: TestGroups, version: number, keyType = 0) => {
  const body = version < 4 ? { key: 'g', keyType } : { coordinatorKeys: ['g', 'h'], keyType };
  return groups.ask(handleFindCoordinator, apis.findCoordinator, version, body);
};

const here = { errorCode: 0, nodeId: 3, host: 'broker.example', port: 9_092 };

describe('FindCoordinator', () => {
  test.each(versionsOf(apis.findCoordinator))(
    'version %i names this broker, which can serve at once',
    async (version) => {
      const groups = new TestGroups({ isCreated: false });
      const reply = await find(groups, version);
      if (version < 4) expect(reply).toMatchObject(here);
      else
        expect(reply.coordinators).toMatchObject([
          { key: 'g', ...here },
          { key: 'h', ...here },
        ]);
      const fetched = await groups.ask(handleOffsetFetch, apis.offsetFetch, 7, { groupId: 'g', topics: null });
      expect(fetched.errorCode).toBe(0);
    },
  );

  test('names itself for transactions too, which it can coordinate at once', async () => {
    await using kit = await startTestBroker();
    const found = await kit.client.request(apis.findCoordinator, 3, { key: 'a', keyType: 1 });
    expect(found).toMatchObject({ errorCode: 0, nodeId: 1, port: kit.broker.address.port });
    const body = { transactionalId: 'a', transactionTimeoutMs: 1_000 };
    expect((await kit.client.request(apis.initProducerId, 5, body)).errorCode).toBe(0);
    const { topics } = await kit.client.request(apis.metadata, 9, { topics: [{ name: '__transaction_state' }] });
    expect(topics[0]).toMatchObject({ isInternal: true, partitions: { length: 50 } });
  });

  test('refuses what else keys may be', async () => {
    const groups = new TestGroups({ isCreated: false });
    expect((await find(groups, 3, 2)).errorCode).toBe(errorCode.INVALID_REQUEST);
    expect((await find(groups, 6, 9)).coordinators[1]).toMatchObject({
      errorCode: errorCode.INVALID_REQUEST,
      port: -1,
    });
  });

  test('names nobody while the topic cannot be created', async () => {
    const groups = new TestGroups({ isCreated: false });
    groups.ensured = 'INVALID_REPLICATION_FACTOR';
    const expected = { errorCode: errorCode.COORDINATOR_NOT_AVAILABLE, nodeId: -1, host: '', port: -1 };
    expect(await find(groups, 2)).toMatchObject(expected);
  });
});
