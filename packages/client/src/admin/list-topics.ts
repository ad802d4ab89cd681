import { apis } from '@nagare/protocol';
import { checkAnswer } from '../errors.ts';
import type { TopicListing } from './admin.ts';
import type { AdminContext } from './admin-context.ts';

/** Lists all topics by name. */
export async function listTopics(
  context: AdminContext,
  { includeInternal = false }: { readonly includeInternal?: boolean } = {},
): Promise<TopicListing[]> {
  const answer = await context.retrying(() =>
    context.cluster.requestAny(apis.metadata, { topics: null, allowAutoTopicCreation: false }),
  );
  checkAnswer(answer.errorCode, 'Metadata');
  const topics: TopicListing[] = [];
  for (const { name, topicId, isInternal } of answer.topics) {
    if (name !== null && (includeInternal || !isInternal)) topics.push({ topic: name, topicId, isInternal });
  }
  return topics.sort((a, b) => (a.topic < b.topic ? -1 : 1));
}
