import { apis, type ErrorName, errorCode, type RequestOf, zeroUuid } from '@nagare/protocol';
import type { DeleteTopicResult, TopicToDelete } from '../core/controller/topic-deletion.ts';
import { defineHandler } from './define-handler.ts';

/** The first version whose clients know TOPIC_DELETION_DISABLED. */
const firstVersionWithDisabled = 3;

/** Deletes topics by name or by id. */
export const handleDeleteTopics = defineHandler(apis.deleteTopics, {
  async handle(request, { broker, version }) {
    const topics = wantedTopics(request);
    if (!broker.settings.deleteTopicEnable) return { responses: topics.map((topic) => disabled(topic, version)) };
    const results = await broker.controller.deleteTopics(topics);
    return { responses: results.map(answer) };
  },
  refuse: (request, error) => ({
    responses: wantedTopics(request).map((topic) => answer({ ...topic, error, message: null })),
  }),
});

/** Versions before 6 name topics in a list of their own. */
function wantedTopics({ topics, topicNames }: RequestOf<typeof apis.deleteTopics>): readonly TopicToDelete[] {
  return [...topicNames.map((name) => ({ name, topicId: zeroUuid })), ...topics];
}

function disabled(topic: TopicToDelete, version: number) {
  const error: ErrorName = version < firstVersionWithDisabled ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED';
  return answer({ ...topic, error, message: 'Topic deletion is disabled.' });
}

function answer({ name, topicId, error, message }: DeleteTopicResult) {
  return { name, topicId, errorCode: errorCode[error], errorMessage: message };
}
