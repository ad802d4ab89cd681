import { type Duration, durationMs } from '../duration.ts';
import { type Header, noHeaders } from '../record.ts';

/** When the records of a test topic happen. */
export interface TestInputOptions {
  /** The time of the first record. Default: 0. */
  readonly startTimeMs?: number;
  /** How much later each further record happens. Default: 0. */
  readonly autoAdvance?: Duration;
}

/** A record that a test writes. */
export interface TestRecordInput<K, V> {
  readonly key?: K | null;
  readonly value: V | null;
  /** Default: the time of the topic, which then advances. */
  readonly timestamp?: number;
  readonly headers?: readonly Header[];
}

/** Puts one record into the topology. */
export type PipeRecord<K, V> = (record: {
  readonly key: K | null;
  readonly value: V | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}) => void;

/** A topic that a test writes. Each record is processed to its end before the call returns. */
export class TestInputTopic<K, V> {
  readonly #pipe: PipeRecord<K, V>;
  readonly #autoAdvanceMs: number;
  #timeMs: number;

  /** Made by `TopologyTestDriver.createInputTopic`. */
  constructor(pipe: PipeRecord<K, V>, { startTimeMs = 0, autoAdvance = 0 }: TestInputOptions) {
    this.#pipe = pipe;
    this.#timeMs = startTimeMs;
    this.#autoAdvanceMs = durationMs(autoAdvance, 'autoAdvance');
  }

  /**
   * Writes one record.
   *
   * @param timestamp - Its time; without one it has the topic's, which then advances.
   * @throws {StreamsError} What the topology failed with.
   */
  pipeInput(key: K | null, value: V | null, timestamp?: number, headers: readonly Header[] = noHeaders): void {
    const timeMs = timestamp ?? this.#timeMs;
    if (timestamp === undefined) this.#timeMs += this.#autoAdvanceMs;
    this.#pipe({ key, value, timestamp: timeMs, headers });
  }

  /** Writes a record as {@link TestOutputTopic.readRecord} gives it. */
  pipeRecord({ key, value, timestamp, headers }: TestRecordInput<K, V>): void {
    this.pipeInput(key ?? null, value, timestamp, headers);
  }

  /** Writes records, one after the other; those without a time have the topic's. */
  pipeRecordList(records: Iterable<TestRecordInput<K, V>>): void {
    for (const record of records) this.pipeRecord(record);
  }

  /** Writes values without keys at the topic's time, one after the other. */
  pipeValueList(values: Iterable<V | null>): void {
    for (const value of values) this.pipeInput(null, value);
  }

  /** Writes records at the topic's time, one after the other. */
  pipeKeyValueList(records: Iterable<readonly [key: K | null, value: V | null]>): void {
    for (const [key, value] of records) this.pipeInput(key, value);
  }

  /** Moves the topic's time. */
  advanceTime(by: Duration): void {
    this.#timeMs += durationMs(by, 'by');
  }
}
