import { apis, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { versionsOf } from '../testing/handler-groups.ts';
import { TxnWire } from '../testing/txn-wire.ts';

let txn: TxnWire;
beforeEach(async () => {
  txn = await TxnWire.start();
  const keys = { keyType: 1, coordinatorKeys: ['a', 'ab', 'b'] };
  await txn.kit.client.request(apis.findCoordinator, 4, keys);
});
afterEach(() => txn[Symbol.asyncDispose]());

async function list(version: number, body: Partial<RequestDraftOf<typeof apis.listTransactions>> = {}) {
  const whole = { stateFilters: [], producerIdFilters: [], ...body };
  const answer = await txn.kit.client.request(apis.listTransactions, version, whole);
  const ids = answer.transactionStates.map(({ transactionalId }) => transactionalId).sort();
  return { ...answer, ids };
}

describe('ListTransactions', () => {
  test.each(versionsOf(apis.listTransactions))('version %i lists the ids of every partition', async (version) => {
    const { producerId } = await txn.init();
    for (const id of ['ab', 'b']) await txn.init({ id });
    await txn.add({ producerId, producerEpoch: 0 });
    expect((await list(version)).ids).toEqual(['a', 'ab', 'b']);
    const ongoing = await list(version, { stateFilters: ['Ongoing', 'Odd'] });
    expect(ongoing.unknownStateFilters).toEqual(['Odd']);
    expect(ongoing.transactionStates).toEqual([{ transactionalId: 'a', producerId, transactionState: 'Ongoing' }]);
    expect((await list(version, { producerIdFilters: [producerId] })).ids).toEqual(['a']);
  });

  test('lists by how long a transaction lasts', async () => {
    await txn.add(await txn.init());
    expect((await list(1, { stateFilters: ['Ongoing'], durationFilter: 60_000 })).ids).toEqual([]);
    expect((await list(1, { stateFilters: ['Ongoing'], durationFilter: -1 })).ids).toEqual(['a']);
  });

  test('lists the ids that fit a pattern as a whole, and refuses what is no pattern', async () => {
    for (const id of ['a', 'ab', 'b']) await txn.init({ id });
    expect((await list(2, { transactionalIdPattern: 'a.?' })).ids).toEqual(['a', 'ab']);
    expect((await list(2, { transactionalIdPattern: 'b' })).ids).toEqual(['b']);
    expect((await list(2, { transactionalIdPattern: '' })).ids).toHaveLength(3);
    const refused = await list(2, { transactionalIdPattern: '(a' });
    expect([refused.errorCode, refused.ids]).toEqual([errorCode.INVALID_REGULAR_EXPRESSION, []]);
  });
});
