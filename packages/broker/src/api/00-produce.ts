import { apis, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import type { PartitionHost, ProduceOutcome } from '../host/partition-host.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.produce>;
type Response = ResponseDraftOf<typeof apis.produce>;
type TopicData = Request['topicData'][number];
type PartitionData = TopicData['partitionData'][number];
type TopicResponse = Response['responses'][number];
type PartitionResponse = TopicResponse['partitionResponses'][number];

/** Appends record batches; the answer waits until they are as safe as `acks` asks. */
export const handleProduce = defineHandler(apis.produce, {
  // librdkafka up to 2.11 turns compression off unless version 0 is offered; nobody sends what lies below 3.
  advertised: { min: 0, max: apis.produce.versions.max },
  handle(request, context) {
    const waiting: Promise<void>[] = [];
    const responses = request.topicData.map((topic): TopicResponse => {
      const partitionResponses: PartitionResponse[] = [];
      topic.partitionData.forEach((data, place) => {
        const response = append(topic, data, request, context);
        if (response instanceof Promise) {
          waiting.push(
            response.then((later) => {
              partitionResponses[place] = later;
            }),
          );
        } else partitionResponses[place] = response;
      });
      return { name: topic.name, topicId: topic.topicId, partitionResponses };
    });
    if (waiting.length === 0) return answer(responses, request, context);
    // Most producers send one batch at a time: it is worth a promise less.
    const whenAll: Promise<unknown> = waiting.length === 1 ? (waiting[0] as Promise<void>) : Promise.all(waiting);
    return whenAll.then(() => answer(responses, request, context));
  },
});

function answer(responses: readonly TopicResponse[], request: Request, context: RequestContext): Response | undefined {
  if (request.acks !== 0) return { responses };
  // A producer that asked for no answer learns of a failure by the end of its connection.
  const all = responses.flatMap(({ partitionResponses }) => partitionResponses);
  const failed = all.find(({ errorCode: code }) => code !== 0);
  if (failed !== undefined) context.connection.close(`Produce with acks=0 failed with error ${failed.errorCode}`);
  return undefined;
}

function append(
  topic: TopicData,
  data: PartitionData,
  request: Request,
  context: RequestContext,
): PartitionResponse | Promise<PartitionResponse> {
  const { acks, transactionalId } = request;
  if (acks < -1 || acks > 1) return failure(data, errorCode.INVALID_REQUIRED_ACKS);
  if (transactionalId !== null) return failure(data, errorCode.INVALID_TXN_STATE);
  const partition = find(topic, data, context);
  if (typeof partition === 'number') return failure(data, partition);
  const outcome = partition.produce(data.records, { acks, version: context.version });
  if (outcome instanceof Promise) return outcome.then((later) => toResponse(data, later, partition));
  return toResponse(data, outcome, partition);
}

/** From this version on, topics have ids instead of names. */
const firstVersionWithIds = 13;

function find(topic: TopicData, { index }: PartitionData, { broker, version }: RequestContext): PartitionHost | number {
  const hasId = version >= firstVersionWithIds;
  const partition = hasId ? broker.partitions.getById(topic.topicId, index) : broker.partitions.get(topic.name, index);
  if (partition === undefined) {
    return hasId && !broker.image().topicsById.has(topic.topicId)
      ? errorCode.UNKNOWN_TOPIC_ID
      : errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }
  return partition.isInternal ? errorCode.INVALID_TOPIC_EXCEPTION : partition;
}

function failure({ index }: PartitionData, code: number): PartitionResponse {
  return { index, errorCode: code, baseOffset: -1, logStartOffset: -1 };
}

function toResponse(data: PartitionData, outcome: ProduceOutcome, { log }: PartitionHost): PartitionResponse {
  return {
    index: data.index,
    errorCode: errorCode[outcome.error],
    baseOffset: outcome.baseOffset,
    logAppendTimeMs: outcome.logAppendTimeMs,
    logStartOffset: log.startOffset,
    recordErrors: outcome.recordErrors.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
    errorMessage: outcome.message,
  };
}
