import { join } from 'node:path';
import { seededRandom } from '@nagare/base';
import { apis, type ErrorName, errorName } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { type Product, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';

const jars = await ifAvailable('Apache Kafka', () => classPath('kafka-4.3.1'));
const sequences = Number(process.env.NAGARE_SEQUENCES ?? 50);
const stepsOfSequence = 40;
const topic = 'coordinated';
const settings = { 'transaction.state.log.num.partitions': '1', 'offsets.topic.num.partitions': '1' };
const kinds = [
  'init',
  'init as',
  'add',
  'add',
  'add',
  'end',
  'end',
  'end',
  'add offsets',
  'verify',
  'describe',
] as const;

interface Step {
  readonly do: (typeof kinds)[number];
  /** How long ago the producer was given that the request names: 0 for the last, which most requests name. */
  readonly age: number;
  readonly isBumping: boolean;
  readonly isCommit: boolean;
  readonly partition: number;
}

function stepsOf(seed: number): Step[] {
  const random = seededRandom(`coordinator-${seed}`);
  return Array.from({ length: stepsOfSequence }, () => ({
    do: kinds[random.below(kinds.length)] as Step['do'],
    age: random.below(4) === 0 ? random.below(5) : 0,
    isBumping: random.below(3) > 0,
    isCommit: random.below(2) === 0,
    partition: random.below(2),
  }));
}

type Answer = readonly (string | number)[];

/** What one broker answers to a sequence, with producer ids by the order in which they came up. */
class Run {
  readonly #wire: Wire;
  readonly #id: string;
  readonly #producers: { readonly producerId: number; readonly producerEpoch: number }[] = [];
  readonly #known: number[] = [];

  constructor(wire: Wire, id: string) {
    this.#wire = wire;
    this.#id = id;
  }

  /** The answer to a request, once it is another one than that the transaction before is still being ended. */
  async take(step: Step): Promise<Answer> {
    for (;;) {
      const answer = await this.#ask(step);
      if (!answer.includes('CONCURRENT_TRANSACTIONS')) return answer;
    }
  }

  #ask(step: Step): Promise<Answer> {
    switch (step.do) {
      case 'init':
      case 'init as':
        return this.#init(step);
      case 'add':
        return step.isBumping ? this.#add(step, false) : this.#addOfClient(step);
      case 'verify':
        return this.#add(step, true);
      case 'add offsets':
        return this.#addOffsets(step);
      case 'end':
        return this.#end(step);
      case 'describe':
        return this.#describe();
    }
  }

  #named({ age }: Step) {
    const { producerId, producerEpoch } = this.#producers.at(-1 - age) ?? { producerId: 1_000_000, producerEpoch: 0 };
    return { transactionalId: this.#id, producerId, producerEpoch };
  }

  async #init(step: Step): Promise<Answer> {
    const { transactionalId, ...producer } = this.#named(step);
    const expected = step.do === 'init' ? {} : producer;
    const body = { transactionalId, transactionTimeoutMs: 60_000, ...expected };
    return this.#granted(await this.#wire.request(apis.initProducerId, 4, body));
  }

  async #add(step: Step, verifyOnly: boolean): Promise<Answer> {
    const topics = [{ name: topic, partitions: [step.partition] }];
    const body = { transactions: [{ ...this.#named(step), verifyOnly, topics }] };
    const { resultsByTransaction } = await this.#wire.request(apis.addPartitionsToTxn, 5, body);
    return [nameOf(resultsByTransaction[0]?.topicResults[0]?.resultsByPartition[0]?.partitionErrorCode)];
  }

  async #addOfClient(step: Step): Promise<Answer> {
    const { transactionalId, producerId, producerEpoch } = this.#named(step);
    const answer = await this.#wire.request(apis.addPartitionsToTxn, 3, {
      ...{ v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: producerId },
      ...{ v3AndBelowProducerEpoch: producerEpoch },
      v3AndBelowTopics: [{ name: topic, partitions: [step.partition] }],
    });
    return [nameOf(answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode)];
  }

  async #addOffsets(step: Step): Promise<Answer> {
    const answer = await this.#wire.request(apis.addOffsetsToTxn, 4, { ...this.#named(step), groupId: 'g' });
    return [nameOf(answer.errorCode)];
  }

  async #end(step: Step): Promise<Answer> {
    const body = { ...this.#named(step), committed: step.isCommit };
    const ended = await this.#wire.request(apis.endTxn, step.isBumping ? 5 : 4, body);
    return step.isBumping ? this.#granted(ended) : [nameOf(ended.errorCode)];
  }

  async #describe(): Promise<Answer> {
    const body = { transactionalIds: [this.#id] };
    const [found] = (await this.#wire.request(apis.describeTransactions, 0, body)).transactionStates;
    const { errorCode, transactionState: state, producerEpoch, topics } = found!;
    // How many of its markers are written is a matter of time.
    if (state.startsWith('Prepare')) return ['CONCURRENT_TRANSACTIONS'];
    const names = topics.flatMap((each) => each.partitions.map((partition) => `${each.topic}-${partition}`));
    return [nameOf(errorCode), state, producerEpoch, ...names.sort()];
  }

  #granted(answer: { errorCode: number; producerId: number; producerEpoch: number }): Answer {
    const { errorCode, producerId, producerEpoch } = answer;
    if (errorCode !== 0) return [nameOf(errorCode)];
    if (!this.#known.includes(producerId)) this.#known.push(producerId);
    this.#producers.push({ producerId, producerEpoch });
    return ['NONE', this.#known.indexOf(producerId), producerEpoch];
  }
}

function nameOf(code: number | undefined): ErrorName {
  return errorName(code ?? -1);
}

/** A connection to a broker that has the topic, and coordinators that serve. */
async function connected(bootstrap: string): Promise<Wire> {
  const wire = new Wire(bootstrap);
  await wire.request(apis.createTopics, 5, {
    topics: [{ name: topic, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  });
  for (const keyType of [0, 1]) {
    const find = async () => (await wire.request(apis.findCoordinator, 2, { key: 'any', keyType })).errorCode === 0;
    await waitFor(async () => (await find()) || undefined, { what: 'a coordinator', timeoutMs: 60_000 });
  }
  const body = { transactionalId: 'first', transactionTimeoutMs: 60_000 };
  const isServing = async () => (await wire.request(apis.initProducerId, 4, body)).errorCode === 0 || undefined;
  await waitFor(isServing, { what: 'the coordinator of transactions', timeoutMs: 60_000 });
  return wire;
}

test.skipIf(jars === undefined)(
  `random requests to the coordinator of transactions are answered as by Apache Kafka (${sequences} seeds)`,
  { timeout: 180_000 + sequences * 10_000 },
  async () => {
    using scratch = scratchDirectory('coordinator');
    const start = (product: Product) => startBroker(product, { dataDirectory: join(scratch.path, product), settings });
    await using kafka = await start('kafka');
    await using nagare = await start('nagare');
    using theirs = await connected(kafka.bootstrap);
    using ours = await connected(nagare.bootstrap);
    let served = 0;
    for (let seed = 0; seed < sequences; seed++) {
      const [expected, answered] = [new Run(theirs, `id-${seed}`), new Run(ours, `id-${seed}`)];
      const taken: unknown[] = [];
      for (const step of stepsOf(seed)) {
        const [their, our] = [await expected.take(step), await answered.take(step)];
        taken.push([step, their]);
        served += their[0] === 'NONE' ? 1 : 0;
        expect(our, `seed ${seed}, after ${JSON.stringify(taken)}`).toEqual(their);
      }
    }
    // Requests that are all refused would show nothing.
    expect(served / (sequences * stepsOfSequence)).toBeGreaterThan(0.3);
  },
);
