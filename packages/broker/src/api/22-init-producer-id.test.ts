import { apis, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleInitProducerId } from './22-init-producer-id.ts';

function init(broker: HandlerBroker, body: Partial<RequestDraftOf<typeof apis.initProducerId>> = {}, version = 5) {
  const whole = { transactionalId: null, transactionTimeoutMs: 60_000, ...body };
  return broker.ask(apis.initProducerId, handleInitProducerId, { version, body: whole });
}

describe('InitProducerId', () => {
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
  ])('refuses %j', async (body) => {
    const answer = await init(await startHandlerBroker(), body);
    expect(answer).toMatchObject({ errorCode: errorCode.INVALID_REQUEST, producerId: -1, producerEpoch: -1 });
  });

  test('a transactional id is refused for good', async () => {
    const answer = await init(await startHandlerBroker(), { transactionalId: 'payments' }, 0);
    expect(answer.errorCode).toBe(errorCode.UNSUPPORTED_VERSION);
  });
});
