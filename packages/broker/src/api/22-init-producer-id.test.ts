import { apis, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { versionsOf } from '../testing/handler-groups.ts';
import { TxnWire } from '../testing/txn-wire.ts';
import { handleInitProducerId } from './22-init-producer-id.ts';

function init(broker: HandlerBroker, body: Partial<RequestDraftOf<typeof apis.initProducerId>> = {}, version = 5) {
  const whole = { transactionalId: null, transactionTimeoutMs: 60_000, ...body };
  return broker.ask(apis.initProducerId, handleInitProducerId, { version, body: whole });
}

describe('InitProducerId without a transactional id', () => {
  test('every producer gets another id, with epoch 0', async () => {
    const broker = await startHandlerBroker();
    const answers = await Promise.all(Array.from({ length: 2500 }, () => init(broker)));
    expect(new Set(answers.map(({ producerId }) => producerId)).size).toBe(2500);
    expect(answers.every(({ errorCode: code, producerEpoch }) => code === 0 && producerEpoch === 0)).toBe(true);
    expect(broker.controller.image().nextProducerId).toBe(3000);
  });

  test('a producer that asks again gets a new id', async () => {
    const broker = await startHandlerBroker();
    const first = await init(broker);
    const again = await init(broker, { producerId: first.producerId, producerEpoch: 0 });
    expect(again).toMatchObject({ errorCode: 0, producerEpoch: 0 });
    expect(again.producerId).not.toBe(first.producerId);
  });

  test.each([
    [{ producerId: 5, producerEpoch: -1 }],
    [{ producerId: -1, producerEpoch: 5 }],
    [{ transactionalId: '' }],
    [{ transactionalId: 'x'.repeat(10_001) }],
  ])('refuses what cannot be %#', async (body) => {
    const answer = await init(await startHandlerBroker(), body);
    expect(answer).toMatchObject({ errorCode: errorCode.INVALID_REQUEST, producerId: -1, producerEpoch: -1 });
  });
});

describe('InitProducerId with a transactional id', () => {
  let txn: TxnWire;
  beforeEach(async () => {
    txn = await TxnWire.start();
  });
  afterEach(() => txn[Symbol.asyncDispose]());

  test.each(versionsOf(apis.initProducerId))('version %i gives the next epoch', async (version) => {
    const first = await txn.init({ version });
    expect(first).toMatchObject({ error: 'NONE', producerEpoch: 0 });
    expect(await txn.init({ version })).toEqual({ ...first, producerEpoch: 1 });
  });

  test.each([
    [3, 'INVALID_PRODUCER_EPOCH'],
    [4, 'PRODUCER_FENCED'],
  ])('version %i tells a producer that was replaced', async (version, error) => {
    const expected = await txn.init();
    await txn.init();
    await txn.init();
    const { producerId, producerEpoch } = expected;
    const answer = await txn.init({ version, expected: { producerId, producerEpoch } });
    expect(answer).toEqual({ error, producerId: -1, producerEpoch: -1 });
  });

  test('the timeout has bounds', async () => {
    const reply = { error: 'INVALID_TRANSACTION_TIMEOUT', producerId: -1, producerEpoch: -1 };
    expect(await txn.init({ timeoutMs: 0 })).toEqual(reply);
    expect(await txn.init({ timeoutMs: 900_001 })).toEqual(reply);
    expect(await txn.init({ timeoutMs: 900_000 })).toMatchObject({ error: 'NONE' });
  });
});
