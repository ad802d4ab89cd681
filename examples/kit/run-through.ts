import type { OutgoingMessage } from '@nagare/client';
import { type DropReason, Streams, type StreamsConfig, type Topology } from '@nagare/streams';
import { drained } from './drained.ts';
import type { Stage } from './stage.ts';

/** Few enough to read, and enough to show that keys and not topics are in order. */
const partitions = 4;

/**
 * Sends records, and runs a topology until it has processed all of them.
 *
 * The records are there before it starts: what comes out does not depend on who is faster.
 *
 * @param options.inputs - The records by their topics, which are created.
 * @param options.outputs - The topics that the topology writes, which are created.
 * @returns how many records were dropped, by the reason.
 */
export async function runThrough(
  stage: Stage,
  topology: Topology,
  options: {
    readonly inputs: ReadonlyMap<string, readonly OutgoingMessage[]>;
    readonly outputs: readonly string[];
    readonly config?: Partial<StreamsConfig>;
    readonly signal: AbortSignal;
  },
): Promise<ReadonlyMap<DropReason, number>> {
  const { inputs, outputs, config = {}, signal } = options;
  const topics = [...inputs.keys(), ...outputs];
  // Records bear the time of what they tell of, which may be years ago: brokers would delete them as expired.
  const configEntries = { 'retention.ms': '-1' };
  await stage.admin.createTopics({
    topics: topics.map((topic) => ({ topic, numPartitions: partitions, configEntries })),
  });
  await using producer = stage.client.producer({ signal });
  for (const [topic, messages] of inputs) await producer.send({ topic, messages });

  const { applicationId, brokers } = stage;
  await using app = new Streams(topology, { applicationId, brokers, commitIntervalMs: 100, ...config });
  await app.start();
  await drained(stage, app, { inputs: [...inputs.keys()], outputs, feed: async () => undefined, signal });
  return app.droppedRecords;
}
