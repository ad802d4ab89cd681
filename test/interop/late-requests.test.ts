import { createClient } from '@nagare/client';
import { beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { brokerForFile } from './broker-for-file.ts';
import { TxnClient, type TxnProducerState } from './sequences/txn-client.ts';

/**
 * A request is late when the network keeps it while its producer tries it again on another connection and goes on. Here it
 * is sent when it arrives. What happens then is the same on Apache Kafka, which passes these tests too.
 */
const broker = brokerForFile();
let wire: Wire;
let topics = 0;

beforeAll(() => {
  wire = new Wire(broker().bootstrap);
  return () => wire[Symbol.dispose]();
});

/** The versions in which a producer speaks: below Produce 12 and EndTxn 5 its epoch stays from one transaction to the next. */
const protocols = { first: { produce: 11, end: 4 }, second: { produce: 12, end: 5 } } as const;

/** A producer and a topic of its own, with two partitions. */
class Scene {
  readonly #versions: (typeof protocols)['first' | 'second'];
  readonly #txn: TxnClient;
  #producer: TxnProducerState | undefined;

  private constructor(protocol: 'first' | 'second') {
    topics += 1;
    this.#versions = protocols[protocol];
    this.#txn = new TxnClient(wire, `late-${topics}`);
  }

  static async open(protocol: 'first' | 'second'): Promise<Scene> {
    const scene = new Scene(protocol);
    const transactionalId = scene.#txn.topic;
    await scene.#txn.createTopic(2);
    await scene.#txn.findCoordinator(transactionalId);
    const { producerId, producerEpoch } = await scene.#txn.init(transactionalId);
    scene.#producer = { transactionalId, producerId, producerEpoch, nextSequences: [0, 0] };
    return scene;
  }

  get epoch(): number {
    return this.producer.producerEpoch;
  }

  get producer(): TxnProducerState {
    if (this.#producer === undefined) throw new Error('The producer has no id yet');
    return this.#producer;
  }

  /** Puts a partition into the transaction, where the protocol asks for it. */
  async begin(partition = 0): Promise<void> {
    if (this.#versions.produce >= 12) return;
    expect(await this.#txn.add(this.producer, partition, this.epoch)).toBe('NONE');
  }

  /** The next record of a partition, as it goes to the broker now or later. */
  record(partition = 0) {
    const { transactionalId, producerId, producerEpoch, nextSequences } = this.producer;
    const baseSequence = nextSequences[partition] ?? 0;
    nextSequences[partition] = baseSequence + 1;
    const identity = { transactionalId, producerId, producerEpoch, baseSequence };
    const batch = { version: this.#versions.produce, partition, isTransactional: true, count: 1, ...identity };
    return { send: () => this.#txn.produce(batch) };
  }

  /** The next record of a partition, written at once: where it stands. */
  async write(partition = 0): Promise<number> {
    const { error, baseOffset } = await this.record(partition).send();
    expect(error).toBe('NONE');
    return baseOffset;
  }

  async end(committed: boolean, producerEpoch = this.epoch): Promise<string> {
    const { producer } = this;
    const answer = await this.#txn.end({ producer, version: this.#versions.end, committed, producerEpoch });
    if (answer.error === 'NONE' && answer.producerEpoch > this.epoch) {
      producer.producerEpoch = answer.producerEpoch;
      producer.nextSequences.fill(0);
    }
    return answer.error;
  }

  async isDecided(partition: number): Promise<boolean> {
    return (await this.#txn.latest(partition, 0)) === (await this.#txn.latest(partition, 1));
  }

  /** Where the records are that a reader of committed records sees, when all is decided. */
  async committed(partition = 0): Promise<number[]> {
    await waitFor(async () => (await this.isDecided(partition)) || undefined, {
      what: 'every decision',
      timeoutMs: 60_000,
    });
    const place = { topic: this.#txn.topic, partition };
    const end = await this.#txn.latest(partition, 1);
    const client = createClient({ brokers: broker().bootstrap });
    await using consumer = client.consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' });
    consumer.assign([place]);
    const offsets: number[] = [];
    while ((consumer.position(place) ?? 0) < end) {
      for (const fetched of await consumer.poll({ timeoutMs: 200 })) {
        for (let cursor = fetched.records(); cursor.next(); ) offsets.push(cursor.offset);
      }
    }
    return offsets;
  }
}

describe('a late request of a producer whose epoch stays the same (transaction version 1)', () => {
  test('ends the transaction after its own, whatever its producer decides then (KAFKA-17754)', async () => {
    const scene = await Scene.open('first');
    await scene.begin();
    const whole = await scene.write();
    expect(await scene.end(true)).toBe('NONE');
    await scene.begin();
    const half = await scene.write();
    const late = await scene.end(true);
    expect(late).toBe('NONE');
    expect(await scene.end(false)).toBe('INVALID_TXN_STATE');
    expect(await scene.committed()).toEqual([whole, half]);
  });

  test('writes into the transaction after its own', async () => {
    const scene = await Scene.open('first');
    await scene.begin();
    await scene.write();
    const late = scene.record();
    expect(await scene.end(false)).toBe('NONE');
    await scene.begin();
    const { error, baseOffset } = await late.send();
    expect(error).toBe('NONE');
    const own = await scene.write();
    expect(await scene.end(true)).toBe('NONE');
    expect(await scene.committed()).toEqual([baseOffset, own]);
  });

  test('leaves no transaction hanging where its own is over, or the next one does not write', async () => {
    const scene = await Scene.open('first');
    await scene.begin();
    await scene.write();
    const late = scene.record();
    expect(await scene.end(false)).toBe('NONE');
    expect((await late.send()).error).toBe('TRANSACTION_ABORTABLE');
    await scene.begin(1);
    const other = await scene.write(1);
    expect((await late.send()).error).toBe('TRANSACTION_ABORTABLE');
    expect(await scene.end(true)).toBe('NONE');
    expect(await scene.committed(0)).toEqual([]);
    expect(await scene.committed(1)).toEqual([other]);
  });
});

describe('a late request of a producer with an epoch for each transaction (transaction version 2)', () => {
  test('does not end the transaction after its own', async () => {
    const scene = await Scene.open('second');
    const whole = await scene.write();
    const epochBefore = scene.epoch;
    expect(await scene.end(true)).toBe('NONE');
    await scene.write();
    expect(await scene.end(true, epochBefore)).toBe('PRODUCER_FENCED');
    expect(await scene.isDecided(0)).toBe(false);
    expect(await scene.end(false)).toBe('NONE');
    expect(await scene.committed()).toEqual([whole]);
  });

  test('writes nothing: not after its own transaction, and not in the next one', async () => {
    const scene = await Scene.open('second');
    await scene.write();
    const late = scene.record();
    expect(await scene.end(false)).toBe('NONE');
    expect((await late.send()).error).toBe('INVALID_PRODUCER_EPOCH');
    const own = await scene.write();
    expect((await late.send()).error).toBe('INVALID_PRODUCER_EPOCH');
    expect(await scene.end(true)).toBe('NONE');
    expect(await scene.committed()).toEqual([own]);
  });
});
