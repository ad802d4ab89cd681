import { type BatchDelivery, partitionForKey } from '@nagare/client';
import type { OutputRecord } from '../core/output.ts';
import type { OutputProducer } from './output-producer.ts';

/** Hands the outputs of tasks to the producer, and remembers where the ones for changelogs went. */
export class OutputWriter {
  readonly #producer: Pick<OutputProducer, 'enqueue' | 'room' | 'partitionsFor' | 'flush'>;
  readonly #partitionCounts = new Map<string, number>();
  /** The offset behind the last record that we wrote to a partition, by `<partition> <topic>`. */
  readonly #ends = new Map<string, number>();
  #hasWritten = false;
  /** Where records without a key go: another partition for each run of records, so that batches are full. */
  #turn = 0;

  constructor(producer: Pick<OutputProducer, 'enqueue' | 'room' | 'partitionsFor' | 'flush'>) {
    this.#producer = producer;
  }

  /** Whether anything was written since {@link flush}. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Takes all records; waits only while the producer has no room or a topic is not known yet. */
  async write(records: Iterable<OutputRecord>): Promise<void> {
    this.#turn += 1;
    for (const record of records) {
      const partition = record.partition ?? this.#choose(record) ?? (await this.#learnAndChoose(record));
      while (!this.#enqueue(record, partition)) await this.#producer.room();
      this.#hasWritten = true;
    }
  }

  /** Waits until everything written is acknowledged. @throws What the producer failed with. */
  async flush(): Promise<void> {
    await this.#producer.flush();
    this.#hasWritten = false;
  }

  /** The offset behind our last acknowledged record in a partition, or undefined when we wrote none. */
  endOf(topic: string, partition: number): number | undefined {
    return this.#ends.get(`${partition} ${topic}`);
  }

  /** Forgets a partition that another process may write from now on. */
  forget(topic: string, partition: number): void {
    this.#ends.delete(`${partition} ${topic}`);
  }

  #enqueue({ topic, timestamp, key, value, headers }: OutputRecord, partition: number): boolean {
    return this.#producer.enqueue(topic, partition, timestamp, key, value, headers, this.#onDelivery);
  }

  readonly #onDelivery = ({ topic, partition, baseOffset, count, error }: BatchDelivery): void => {
    if (error === undefined && baseOffset >= 0) this.#ends.set(`${partition} ${topic}`, baseOffset + count);
  };

  #choose({ topic, partitionBy }: OutputRecord): number | undefined {
    const count = this.#partitionCounts.get(topic);
    if (count === undefined) return undefined;
    return partitionBy === null ? this.#turn % count : partitionForKey(partitionBy, count);
  }

  async #learnAndChoose(record: OutputRecord): Promise<number> {
    this.#partitionCounts.set(record.topic, await this.#producer.partitionsFor(record.topic));
    return this.#choose(record) as number;
  }
}
