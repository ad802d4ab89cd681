import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf, zeroUuid } from '@nagare/protocol';
import type { MetadataImage } from '../core/controller/image.ts';
import { clusterMetadataTopic, topicNameFault } from '../core/controller/topic-name.ts';
import { BrokerError } from '../errors.ts';
import { authorizedClusterOperations, authorizedTopicOperations } from './authorized-operations.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';
import { liveBrokers } from './live-brokers.ts';
import { knownTopic, type TopicAnswer, topicById, topicByName } from './metadata-topics.ts';

type Request = RequestOf<typeof apis.metadata>;
type Response = ResponseDraftOf<typeof apis.metadata>;

/** Tells who leads which partition, and creates the topics that a client asks for when it may. */
export const handleMetadata = defineHandler(apis.metadata, {
  handle(request, context) {
    const wanted = wantedTopics(request, context.version);
    const { broker } = context;
    const ofAll = (topics: readonly TopicAnswer[]): Response => ({
      brokers: liveBrokers(context),
      clusterId: broker.clusterId,
      controllerId: broker.nodeId,
      topics,
      clusterAuthorizedOperations: authorizedClusterOperations(request.includeClusterAuthorizedOperations),
    });
    const image = broker.image();
    const operations = authorizedTopicOperations(request.includeTopicAuthorizedOperations);
    if (wanted === 'all')
      return ofAll([...image.topicsByName.values()].map((topic) => knownTopic(image, topic, operations)));
    if (wanted === 'malformed') return { brokers: [], topics: (request.topics ?? []).map(refused) };
    if (wanted.ids.length > 0) return ofAll(wanted.ids.map((id) => topicById(image, id, operations)));
    const mayCreate = request.allowAutoTopicCreation && broker.settings.autoCreateTopicsEnable;
    const missing = wanted.names.filter((name) => mayCreate && canCreate(image, name));
    const answer = (faults: ReadonlyMap<string, ErrorName>) =>
      ofAll(wanted.names.map((name) => topicByName(broker.image(), name, { operations, fault: faults.get(name) })));
    return missing.length === 0 ? answer(new Map()) : created(context, missing).then(answer);
  },
});

/** Version 0 asks for all topics with an empty list, later ones with null. Ids are for version 12 and later. */
function wantedTopics({ topics }: Request, version: number): 'all' | 'malformed' | { ids: string[]; names: string[] } {
  if (topics === null || (version === 0 && topics.length === 0)) return 'all';
  const ids = new Set(topics.map(({ topicId }) => topicId).filter((id) => id !== zeroUuid));
  if (version < 12 && (ids.size > 0 || topics.some(({ name }) => name === null))) return 'malformed';
  return { ids: [...ids], names: [...new Set(topics.flatMap(({ name }) => name ?? []))] };
}

function canCreate(image: MetadataImage, name: string): boolean {
  return !image.topicsByName.has(name) && name !== clusterMetadataTopic && topicNameFault(name) === undefined;
}

async function created({ broker }: RequestContext, names: readonly string[]): Promise<Map<string, ErrorName>> {
  try {
    const ensured = await broker.controller.ensureTopics(names);
    return new Map([...ensured].map(([name, { error }]) => [name, error]));
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    broker.log.error('topic.not-created', { names, error });
    return new Map();
  }
}

function refused({ name, topicId }: NonNullable<Request['topics']>[number]): TopicAnswer {
  return { errorCode: errorCode.INVALID_REQUEST, name: name ?? '', topicId, partitions: [] };
}
