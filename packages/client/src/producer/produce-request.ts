import { type apis, errorCode, type RequestDraftOf, type ResponseOf } from '@nagare/protocol';
import type { ProducerConfig } from '../config.ts';
import type { ProduceRequest } from '../core/accumulator.ts';
import type { ProducerBatch } from '../core/producer-batch.ts';

export type ProduceDraft = RequestDraftOf<typeof apis.produce>;
type ProduceAnswer = ResponseOf<typeof apis.produce>;
export type PartitionAnswer = ProduceAnswer['responses'][number]['partitionResponses'][number];

/** What came of a batch, whoever says it. */
export interface BatchAnswer {
  readonly code: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly text: string | null;
}

/** The answer to a batch that nobody answered. */
export const unanswered: BatchAnswer = Object.freeze({ code: 0, baseOffset: -1, logAppendTimeMs: -1, text: null });

/** Answers after which the view of the cluster is worth nothing. */
export const outdatesView: ReadonlySet<number> = new Set([
  errorCode.UNKNOWN_TOPIC_OR_PARTITION,
  errorCode.LEADER_NOT_AVAILABLE,
  errorCode.NOT_LEADER_OR_FOLLOWER,
  errorCode.REPLICA_NOT_AVAILABLE,
  errorCode.NETWORK_EXCEPTION,
  errorCode.KAFKA_STORAGE_ERROR,
  errorCode.FENCED_LEADER_EPOCH,
  errorCode.UNKNOWN_LEADER_EPOCH,
]);

/** The Produce request that carries these batches. */
export function produceDraft(request: ProduceRequest, config: ProducerConfig): ProduceDraft {
  const topics = new Map<string, { index: number; records: Buffer }[]>();
  for (const { batch, bytes } of request.batches) {
    const partition = { index: batch.partition, records: bytes };
    const partitions = topics.get(batch.topic);
    if (partitions === undefined) topics.set(batch.topic, [partition]);
    else partitions.push(partition);
  }
  const topicData = Array.from(topics, ([name, partitionData]) => ({ name, partitionData }));
  const { acks, requestTimeoutMs: timeoutMs, transactionalId = null } = config;
  return { transactionalId, acks, timeoutMs, topicData };
}

/** The answers by `<partition> <topic>`. */
export function partitionAnswers(answer: ProduceAnswer): ReadonlyMap<string, PartitionAnswer> {
  const answers = new Map<string, PartitionAnswer>();
  for (const topic of answer.responses) {
    for (const partition of topic.partitionResponses) answers.set(`${partition.index} ${topic.name}`, partition);
  }
  return answers;
}

/** Tells everyone who waits for a batch that it has ended. */
export function finish(
  batch: ProducerBatch,
  end: Pick<BatchAnswer, 'baseOffset' | 'logAppendTimeMs'> & { readonly error: Error | undefined },
): void {
  const { topic, partition, count, first, whole } = batch;
  const { baseOffset, logAppendTimeMs, error } = end;
  for (const listener of batch.listeners)
    listener({ topic, partition, first, count, baseOffset, logAppendTimeMs, error }, whole);
}
