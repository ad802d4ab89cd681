import { createHash } from 'node:crypto';
import { type Random, seededRandom } from '@nagare/base';
import {
  apis,
  compressionTypes,
  encodeBatch,
  errorName,
  prepareCompression,
  sealCrc,
  setBaseOffset,
  splitBatches,
} from '@nagare/protocol';
import { waitFor } from '../../tools/wait.ts';
import type { Wire } from '../../tools/wire.ts';

const partitionCount = 2;
const stepCount = 50;
const timeoutMs = 10_000;
/** Records have times from here on; the topic keeps what is that old. */
const epochMs = 1_700_000_000_000;

/** A producer as it knows itself, and as nobody else does: brokers take ids that they have not given. */
interface Producer {
  readonly producerId: number;
  producerEpoch: number;
  readonly nextSequences: number[];
}

/**
 * Sends the requests that a seed stands for to a topic of its own: batches of idempotent producers and of others, some
 * again, some out of their order and some wrong; fetches and questions for offsets; deletions of records; and commits.
 *
 * @returns What was sent with what was answered, line by line, equal for brokers that behave the same.
 */
export async function runLogSequence(wire: Wire, seed: number): Promise<string[]> {
  return new LogSequence(wire, seed).run();
}

class LogSequence {
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #topic: string;
  readonly #ends = new Array<number>(partitionCount).fill(0);
  readonly #starts = new Array<number>(partitionCount).fill(0);
  readonly #producers: readonly Producer[];

  constructor(wire: Wire, seed: number) {
    this.#wire = wire;
    this.#random = seededRandom(`log-sequence-${seed}`);
    this.#topic = `log-sequence-${seed}`;
    this.#producers = [0, 1].map((index) => ({
      ...{ producerId: 1_000_000 + 2 * seed + index, producerEpoch: 0 },
      nextSequences: new Array(partitionCount).fill(0),
    }));
  }

  async run(): Promise<string[]> {
    await prepareCompression(['zstd']);
    await this.#create();
    const lines: string[] = [];
    for (let step = 0; step < stepCount; step += 1) {
      const partition = this.#random.below(partitionCount);
      lines.push(await this.#step(partition));
    }
    return lines;
  }

  #step(partition: number): Promise<string> {
    const share = this.#random.next();
    if (share < 0.4) return this.#produce(partition);
    if (share < 0.6) return this.#fetch(partition);
    if (share < 0.8) return this.#list(partition);
    if (share < 0.85) return this.#deleteRecords(partition);
    if (share < 0.9) return this.#endOfEpoch(partition);
    return this.#random.below(2) === 0 ? this.#commit(partition) : this.#committed();
  }

  async #create(): Promise<void> {
    const configs = [
      { name: 'retention.ms', value: '-1' },
      { name: 'message.timestamp.type', value: this.#isRare(0.1) ? 'LogAppendTime' : 'CreateTime' },
      { name: 'max.message.bytes', value: '400' },
    ];
    const topic = { name: this.#topic, numPartitions: partitionCount, replicationFactor: 1, assignments: [], configs };
    await this.#wire.request(apis.createTopics, 7, { timeoutMs, topics: [topic] });
    const isReady = async () => {
      const all = Array.from({ length: partitionCount }, (_, index) => this.#offset(index, -1));
      return (await Promise.all(all)).every(({ errorCode }) => errorCode === 0) || undefined;
    };
    await waitFor(isReady, { what: this.#topic, everyMs: 5 });
  }

  async #produce(partition: number): Promise<string> {
    const producer = this.#isRare(0.7) ? this.#pick(this.#producers) : undefined;
    const count = 1 + this.#random.below(4);
    const compression = this.#pick(['none', 'none', ...compressionTypes] as const);
    const acks = this.#pick([1, -1, -1]);
    const identity = producer === undefined ? undefined : this.#identity(producer, partition, count);
    const drafts = Array.from({ length: count }, (_, index) => ({
      timestamp: epochMs + this.#random.below(50),
      key: this.#isRare(0.5) ? null : Buffer.from(`${index}`),
      value: Buffer.alloc(this.#isRare(0.1) ? 300 : 20, index),
    }));
    const { records, fault } = this.#spoilt(encodeBatch({ compression, ...identity }, drafts));
    const told = await this.#append(partition, acks, records);
    if (told.errorCode === 0) {
      this.#ends[partition] = Math.max(this.#ends[partition]!, told.baseOffset + count);
      if (producer !== undefined) this.#advance(producer, partition, { ...identity!, count });
    }
    const sent = JSON.stringify({ partition, acks, compression, count, fault, ...identity });
    return `produce ${sent}: ${errorName(told.errorCode)} ${told.baseOffset} ${told.logAppendTimeMs > 0}`;
  }

  async #append(partition: number, acks: number, records: Buffer) {
    const topicData = [{ name: this.#topic, partitionData: [{ index: partition, records }] }];
    const { responses } = await this.#wire.request(apis.produce, 9, { acks, timeoutMs, topicData });
    return responses[0]!.partitionResponses[0]!;
  }

  /** Who a batch says that it is from: mostly what fits, at times what has been, or has been left out. */
  #identity({ producerId, producerEpoch, nextSequences }: Producer, partition: number, count: number) {
    const next = nextSequences[partition]!;
    const baseSequence = this.#pick([next, next, next, next, Math.max(0, next - count), next + 2, 0]);
    const change = this.#isRare(0.1) ? this.#pick([-1, 1]) : 0;
    return { producerId, producerEpoch: Math.max(0, producerEpoch + change), baseSequence };
  }

  #advance(
    producer: Producer,
    partition: number,
    sent: { producerEpoch: number; baseSequence: number; count: number },
  ) {
    const { producerEpoch, baseSequence, count } = sent;
    if (producerEpoch > producer.producerEpoch) {
      producer.producerEpoch = producerEpoch;
      producer.nextSequences.fill(0);
    }
    if (baseSequence >= producer.nextSequences[partition]!) producer.nextSequences[partition] = baseSequence + count;
  }

  #spoilt(records: Buffer): { records: Buffer; fault: string } {
    const fault = this.#isRare(0.15) ? this.#pick(['crc', 'offset', 'control', 'twice', 'short', 'count']) : 'none';
    if (fault === 'crc') records.writeUInt32BE(7, 17);
    if (fault === 'offset') setBaseOffset(records, 3);
    if (fault === 'control') records.writeInt16BE(0x20, 21);
    if (fault === 'count') records.writeInt32BE(9, 57);
    if (fault === 'control' || fault === 'count') sealCrc(records);
    if (fault === 'twice') return { records: Buffer.concat([records, records]), fault };
    return { records: fault === 'short' ? records.subarray(0, -3) : records, fault };
  }

  async #fetch(partition: number): Promise<string> {
    const end = this.#ends[partition]!;
    const fetchOffset = this.#pick([0, this.#starts[partition]!, this.#random.below(end + 2), end, end + 1, -1]);
    const partitionMaxBytes = this.#pick([1, 150, 400, 100_000]);
    const lastFetchedEpoch = this.#pick([-1, -1, -1, 0, 1]);
    const currentLeaderEpoch = this.#pick([-1, -1, 0, 3]);
    const asked = { partition, fetchOffset, partitionMaxBytes, lastFetchedEpoch, currentLeaderEpoch };
    const { responses } = await this.#wire.request(apis.fetch, 12, {
      ...{ maxWaitMs: 0, minBytes: 1, isolationLevel: this.#random.below(2) },
      topics: [{ topic: this.#topic, partitions: [asked] }],
    });
    const { errorCode, highWatermark, lastStableOffset, logStartOffset, records, divergingEpoch } =
      responses[0]!.partitions[0]!;
    // Kafka cuts the last batch where the bytes end.
    const batches = splitBatches(records ?? Buffer.alloc(0)).map((batch) => this.#nameOf(batch));
    const positions = JSON.stringify({ highWatermark, lastStableOffset, logStartOffset, divergingEpoch });
    return `fetch ${JSON.stringify(asked)}: ${errorName(errorCode)} ${positions} ${batches}`;
  }

  /** A batch by its offset and its bytes, up to what a broker that gives the time itself writes. */
  #nameOf(batch: Buffer): string {
    const bytes = batch.readInt16BE(21) & 0x08 ? batch.subarray(43) : batch;
    return `${batch.readBigInt64BE(0)}:${createHash('md5').update(bytes).digest('hex').slice(0, 8)}`;
  }

  async #list(partition: number): Promise<string> {
    const isWhole = this.#starts[partition] === 0;
    // Kafka also tells of the newest record when it is gone.
    const timestamp = this.#pick([-1, -2, isWhole ? -3 : -2, -4, epochMs + this.#random.below(52), epochMs - 1]);
    const told = await this.#offset(partition, timestamp);
    const time = told.timestamp > epochMs + 1_000 ? 'now' : told.timestamp;
    return `list ${partition} ${timestamp}: ${errorName(told.errorCode)} ${told.offset} ${time} ${told.leaderEpoch}`;
  }

  async #offset(partitionIndex: number, timestamp: number) {
    const asked = { partitionIndex, timestamp, currentLeaderEpoch: -1 };
    const topics = [{ name: this.#topic, partitions: [asked] }];
    const answer = await this.#wire.request(apis.listOffsets, 8, { replicaId: -1, topics });
    return answer.topics[0]!.partitions[0]!;
  }

  async #deleteRecords(partitionIndex: number): Promise<string> {
    const end = this.#ends[partitionIndex]!;
    const offset = this.#pick([this.#random.below(end + 1), this.#random.below(end + 1), -1, end + 5, -2]);
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex, offset }] }];
    const answer = await this.#wire.request(apis.deleteRecords, 2, { timeoutMs, topics });
    const { errorCode, lowWatermark } = answer.topics[0]!.partitions[0]!;
    if (errorCode === 0) this.#starts[partitionIndex] = lowWatermark;
    return `delete ${partitionIndex} to ${offset}: ${errorName(errorCode)} ${lowWatermark}`;
  }

  async #endOfEpoch(partition: number): Promise<string> {
    const asked = { partition, currentLeaderEpoch: this.#pick([-1, 0, 2]), leaderEpoch: this.#pick([0, 1, -1, -2]) };
    const topics = [{ topic: this.#topic, partitions: [asked] }];
    const answer = await this.#wire.request(apis.offsetForLeaderEpoch, 4, { replicaId: -1, topics });
    return `end of ${JSON.stringify(asked)}: ${JSON.stringify(answer.topics[0]!.partitions[0])}`;
  }

  async #commit(partitionIndex: number): Promise<string> {
    const committedOffset = this.#random.below(20) - 2;
    const committedMetadata = this.#pick([null, '', 'm', 'm'.repeat(5_000)]);
    const partitions = [{ partitionIndex: this.#pick([partitionIndex, 9]), committedOffset, committedMetadata }];
    const groupId = this.#topic;
    const body = { groupId, memberId: '', topics: [{ name: this.#topic, partitions }] };
    const answer = await this.#wire.request(apis.offsetCommit, 8, body);
    const error = errorName(answer.topics[0]!.partitions[0]!.errorCode);
    return `commit ${partitions[0]!.partitionIndex} ${committedOffset} ${committedMetadata?.length}: ${error}`;
  }

  async #committed(): Promise<string> {
    const topics = [{ name: this.#topic, partitionIndexes: [0, 1, 9] }];
    const answer = await this.#wire.request(apis.offsetFetch, 7, { groupId: this.#topic, topics });
    const told = answer.topics
      .flatMap(({ partitions }) => partitions)
      .sort((a, b) => a.partitionIndex - b.partitionIndex);
    return `committed: ${told.map((each) => `${each.errorCode} ${each.committedOffset} ${each.metadata?.length}`)}`;
  }

  #isRare(share: number): boolean {
    return this.#random.next() < share;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!;
  }
}
