import { apis, errorName, zeroUuid } from '@nagare/protocol';
import { ClientError, checkAnswer, kafkaError } from '../errors.ts';
import type { CreatedTopic, NewTopic } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

export interface CreateTopicsRequest {
  readonly topics: readonly NewTopic[];
  readonly validateOnly?: boolean;
  readonly failIfExists?: boolean;
  readonly waitForLeaders?: boolean;
}

/** Creates topics, those that an earlier try has not created. */
export async function createTopics(context: AdminContext, request: CreateTopicsRequest): Promise<CreatedTopic[]> {
  const { failIfExists = false, validateOnly = false, waitForLeaders = !validateOnly } = request;
  const created = new Map<string, CreatedTopic>();
  await context.retrying(async () => {
    const missing = request.topics.filter(({ topic }) => !created.has(topic));
    const answer = await context.requestController(apis.createTopics, {
      topics: missing.map(draftOf),
      timeoutMs: context.timeoutMs,
      validateOnly,
    });
    let failure: ClientError | undefined;
    for (const { name: topic, topicId, errorCode, errorMessage } of answer.topics) {
      const existed = errorName(errorCode) === 'TOPIC_ALREADY_EXISTS' && !failIfExists;
      if (errorCode === 0 || existed) created.set(topic, { topic, topicId, created: !existed });
      else failure ??= kafkaError(errorCode, `CreateTopics of ${topic}`, errorMessage);
    }
    if (failure !== undefined) throw failure;
  });
  if (waitForLeaders) await awaitLeaders(context, [...created.keys()]);
  return request.topics.map(({ topic }) => {
    const known = context.cluster.view.topic(topic)?.topicId ?? zeroUuid;
    const row = created.get(topic) as CreatedTopic;
    return row.topicId === zeroUuid ? { ...row, topicId: known } : row;
  });
}

function draftOf(topic: NewTopic) {
  const { replicaAssignment = [] } = topic;
  const isAssigned = replicaAssignment.length > 0;
  return {
    name: topic.topic,
    numPartitions: isAssigned ? -1 : (topic.numPartitions ?? -1),
    replicationFactor: isAssigned ? -1 : (topic.replicationFactor ?? -1),
    assignments: replicaAssignment.map(({ partition, replicas }) => ({
      partitionIndex: partition,
      brokerIds: replicas,
    })),
    configs: Object.entries(topic.configEntries ?? {}).map(([name, value]) => ({ name, value })),
  };
}

/** Waits until every partition has a leader, so that the topics can be used at once. */
async function awaitLeaders(context: AdminContext, topics: readonly string[]): Promise<void> {
  const { view } = context.cluster;
  view.wantOnly(topics);
  await context.retrying(async () => {
    await context.cluster.refresh();
    for (const topic of topics) {
      const error = view.errorOf(topic);
      checkAnswer(error, `Metadata of ${topic}`);
      const partitions = view.topic(topic)?.partitions ?? [];
      if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) continue;
      throw new ClientError('NAGARE_CLIENT_KAFKA', `${topic} has no leaders yet`, {
        kafka: 'LEADER_NOT_AVAILABLE',
        retriable: true,
      });
    }
  });
}
