import type { StreamRecord } from '../record.ts';
import type { Gate, Inlet } from '../rx.ts';
import type { SinkNode } from '../topology/topology.ts';
import type { OutputRecord } from './output.ts';

/** What a sink needs of its task. */
export interface SinkEnds {
  readonly gate: Gate;
  readonly output: (record: OutputRecord) => void;
  /** Told of a record that cannot be serialized, or that its topic would not take. */
  readonly refuse: (error: unknown, node: string, topic: string) => void;
  readonly topicName: (name: string) => string;
  /** Why the topic of a record would not take it; undefined when it would. */
  readonly refusalOf: ((record: OutputRecord) => Error | undefined) | undefined;
}

/** The end of a chain: serializes records for a topic. */
export class SinkInlet implements Inlet {
  readonly #node: SinkNode;
  readonly #ends: SinkEnds;
  readonly #topic: string | undefined;

  constructor(node: SinkNode, ends: SinkEnds) {
    this.#node = node;
    this.#ends = ends;
    this.#topic = typeof node.topic === 'string' ? ends.topicName(node.topic) : undefined;
  }

  next(input: unknown): void {
    const record = input as StreamRecord<unknown, unknown>;
    let topic: string;
    let partition: number | undefined;
    try {
      topic = this.#topic ?? this.#chooseTopic(record);
      partition = this.#node.partition?.(record);
    } catch (error) {
      this.#ends.gate.fail(error, this.#node.name);
      return;
    }
    try {
      const key = this.#node.key.serialize(topic, record.key);
      const value = this.#node.value.serialize(topic, record.value);
      const { partitionPart } = this.#node.key;
      const partitionBy = key === null || partitionPart === undefined ? key : partitionPart(key);
      const { timestamp, headers } = record;
      const output = { topic, partition, partitionBy, key, value, timestamp, headers };
      const refusal = this.#ends.refusalOf?.(output);
      if (refusal === undefined) this.#ends.output(output);
      else this.#ends.refuse(refusal, this.#node.name, topic);
    } catch (error) {
      this.#ends.refuse(error, this.#node.name, topic);
    }
  }

  #chooseTopic(record: StreamRecord<unknown, unknown>): string {
    const choose = this.#node.topic as (record: StreamRecord<unknown, unknown>) => string;
    return choose(record);
  }
}
