import { describe, expect, test } from 'vitest';
import { type TransactionCall, TransactionCore } from './transaction.ts';
import { gravestAnswer, judgeCall, judgeRecords } from './transaction-verdict.ts';

const identity = { producerId: 9, producerEpoch: 0 };

function ready(version: number): TransactionCore {
  const core = new TransactionCore({ transactionalId: 'till', transactionTimeoutMs: 1_000 });
  core.prepare();
  core.onAnswer(core.next() as TransactionCall, { error: 'NONE', identity }, version);
  core.begin();
  return core;
}

const next = (core: TransactionCore) => core.next() as TransactionCall;

describe('the core of transactions', () => {
  test('adds a partition before it lets records go there, in the first protocol', () => {
    const core = ready(1);
    core.use('orders', 0);
    core.use('orders', 1);
    expect(core.mayProduce('orders', 0)).toBe(false);
    const call = next(core);
    expect(call).toMatchObject({
      kind: 'add-partitions',
      draft: { v3AndBelowTopics: [{ name: 'orders', partitions: [0, 1] }] },
    });
    core.onAnswer(call, { error: 'NONE' }, 1);
    expect(core.mayProduce('orders', 0)).toBe(true);
    expect(core.next()).toBeUndefined();
  });

  test('asks again what may have begun a transaction, even when it is to be aborted', () => {
    const core = ready(1);
    core.use('orders', 0);
    const adding = next(core);
    core.onLost(adding);
    core.abort();
    expect(core.state).toBe('aborting');
    expect(next(core)).toBe(adding);
    core.onAnswer(adding, { error: 'NOT_COORDINATOR' }, 1);
    expect(next(core)).toBe(adding);
    core.onAnswer(adding, { error: 'NONE' }, 1);
    const ending = next(core);
    expect(ending).toMatchObject({ kind: 'end', draft: { committed: false } });
    core.onAnswer(ending, { error: 'NONE' }, 1);
    expect(core.state).toBe('unready');
  });

  test('needs no end when the coordinator has surely not begun', () => {
    const core = ready(1);
    core.use('orders', 0);
    const adding = next(core);
    core.onLost(adding);
    core.abort();
    core.onAnswer(next(core), { error: 'UNKNOWN_TOPIC_OR_PARTITION' }, 1);
    expect(core.state).toBe('unready');
  });

  test('waits for the answer that is under way before it takes an abort for done', () => {
    const core = ready(1);
    core.use('orders', 0);
    const adding = next(core);
    core.abort();
    expect(core.state).toBe('aborting');
    core.onAnswer(adding, { error: 'NONE' }, 1);
    expect(next(core).kind).toBe('end');
  });

  test('takes the epoch that the end of a transaction gives, in the second protocol', () => {
    const core = ready(2);
    core.use('orders', 0);
    core.commit();
    core.onAnswer(next(core), { error: 'NONE', identity: { producerId: 10, producerEpoch: 0 } }, 2);
    expect(core.state).toBe('ready');
    expect(core.identity).toEqual({ producerId: 10, producerEpoch: 0 });
  });

  test('takes another epoch when the cluster has gone over to the second protocol', () => {
    const core = ready(1);
    core.addOffsets({ groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }, [
      { topic: 'orders', partition: 0, offset: 1 },
    ]);
    core.onAnswer(next(core), { error: 'NONE' }, 1);
    core.onAnswer(next(core), { error: 'NONE' }, 1);
    core.commit();
    core.onAnswer(next(core), { error: 'NONE' }, 2);
    expect(core.state).toBe('unready');
    core.prepare();
    expect(next(core)).toMatchObject({ kind: 'init', draft: { producerId: 9, producerEpoch: 0 } });
  });

  test('fails for good when even the abort is refused', () => {
    const core = ready(2);
    core.use('orders', 0);
    core.abort();
    core.onAnswer(next(core), { error: 'TRANSACTION_ABORTABLE' }, 2);
    expect(core.failure?.kind).toBe('fatal');
    expect(core.next()).toBeUndefined();
  });
});

describe('the judgement of answers', () => {
  test('lets one partition that was refused decide over those that wait', () => {
    expect(gravestAnswer('add-partitions', ['OPERATION_NOT_ATTEMPTED', 'TOPIC_AUTHORIZATION_FAILED'])).toBe(
      'TOPIC_AUTHORIZATION_FAILED',
    );
    expect(gravestAnswer('commit-offsets', ['NONE', 'NOT_COORDINATOR', 'ILLEGAL_GENERATION'])).toBe(
      'ILLEGAL_GENERATION',
    );
    expect(gravestAnswer('commit-offsets', [])).toBe('NONE');
  });

  test('takes what nobody expects for fatal, unless it can be asked again', () => {
    expect(judgeCall('end', 'INVALID_TXN_STATE')).toBe('fatal');
    expect(judgeCall('end', 'NOT_ENOUGH_REPLICAS')).toBe('retry');
    expect(judgeRecords('NOT_ENOUGH_REPLICAS')).toBe('abortable');
    expect(judgeRecords('PRODUCER_FENCED')).toBe('fenced');
  });
});
