import type { Client, TopicPartition } from '@nagare/client';
import { waitFor } from '../../tools/wait.ts';

const partitions = 4;
const placesOf = (topic: string) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));

/** The numbers below `count`, and what must become of them. */
export class Numbers {
  readonly #client: Client;
  readonly #count: number;

  constructor(client: Client, count: number) {
    this.#client = client;
    this.#count = count;
  }

  async write(): Promise<void> {
    await using admin = this.#client.admin();
    const topics = ['numbers', 'doubles'].map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 }));
    await admin.createTopics({ topics });
    // Small batches make many transactions.
    await using producer = this.#client.producer({ batchBytesMax: 4_000 });
    const messages = Array.from({ length: this.#count }, (_, at) => ({ value: `${at}`, partition: at % partitions }));
    await producer.send({ topic: 'numbers', messages });
  }

  /** How many numbers the group is done with. */
  async committed(): Promise<number> {
    await using admin = this.#client.admin();
    const offsets = await admin.fetchOffsets({ groupId: 'transform' });
    return offsets.reduce((total, { offset }) => total + Math.max(offset, 0), 0);
  }

  /** What readers of committed records see of the doubles, by partition, when nothing is undecided any more. */
  async doubles(): Promise<string[][]> {
    const places = placesOf('doubles');
    const ends = await waitFor(() => this.#decidedEnds(places), { what: 'every decision', timeoutMs: 120_000 });
    await using consumer = this.#client.consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' });
    consumer.assign(places);
    const values = places.map((): string[] => []);
    while (ends.some((end) => (consumer.position(end) ?? 0) < end.offset)) {
      for (const fetched of await consumer.poll({ timeoutMs: 200 })) {
        for (let cursor = fetched.records(); cursor.next(); ) values[fetched.partition]?.push(String(cursor.value));
      }
    }
    return values;
  }

  /** What {@link doubles} must be: each partition's numbers doubled, once, and in their order. */
  expected(): string[][] {
    return Array.from({ length: partitions }, (_, partition) => {
      const length = Math.ceil((this.#count - partition) / partitions);
      return Array.from({ length }, (_, index) => `${2 * (index * partitions + partition)}`);
    });
  }

  async #decidedEnds(places: readonly TopicPartition[]) {
    await using admin = this.#client.admin();
    const asked = places.map((each) => ({ ...each, at: 'latest' as const }));
    const stable = await admin.listOffsets({ partitions: asked, isolationLevel: 'read_committed' });
    const all = await admin.listOffsets({ partitions: asked, isolationLevel: 'read_uncommitted' });
    const offsetOf = ({ partition }: TopicPartition) => all.find((each) => each.partition === partition)?.offset;
    return stable.every((end) => end.offset === offsetOf(end)) ? stable : undefined;
  }
}
