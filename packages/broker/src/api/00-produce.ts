import { apis, type ErrorName, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import {
  hasTransactionalRecords,
  transactionalProducerOf,
  transactionalSequence,
} from '../core/partition/transactional-records.ts';
import type { Verification } from '../core/partition/verifications.ts';
import type { PartitionHost, ProduceOutcome } from '../host/partition-host.ts';
import { RequestOrder } from '../host/request-order.ts';
import { type Admission, type AdmissionRequest, admit } from '../host/txn-admission.ts';
import type { ConnectionContext, RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';
import { isTransactionalId } from './transactional-id.ts';

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
    if (!hasTransactionalRecords(request.topicData)) return appendAll(request, context, noAdmission);
    const { transactionalId } = request;
    if (transactionalId === null) return refuse(request, context, errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    const producer = transactionalProducerOf(request.topicData);
    if (producer === 'several') return refuse(request, context, errorCode.INVALID_PRODUCER_ID_MAPPING);
    if (producer === undefined) return appendAll(request, context, noAdmission);
    if (!isTransactionalId(transactionalId)) return refuse(request, context, errorCode.INVALID_REQUEST);
    const { connection, version, broker } = context;
    const { transactions } = broker;
    return transactionOrder.run(
      connection,
      () => admit({ transactionalId, producer, version, transactions, targets: targetsOf(request, context) }),
      (admission) => appendAll(request, context, admission),
    );
  },
});

/** A producer may send on before its coordinator has let its first batch into the transaction. */
const transactionOrder = new RequestOrder<ConnectionContext>();
const noAdmission: Admission<PartitionData> = new Map();

/** The partitions to which a request writes in its transaction; what is wrong with others is told with their append. */
function targetsOf(request: Request, context: RequestContext): AdmissionRequest<PartitionData>['targets'] {
  const targets = new Map<PartitionData, { host: PartitionHost; baseSequence: number }>();
  if (!isKnownAcks(request.acks)) return targets;
  for (const topic of request.topicData) {
    for (const data of topic.partitionData) {
      const baseSequence = transactionalSequence(data.records);
      const host = baseSequence === undefined ? undefined : find(topic, data, context);
      if (baseSequence !== undefined && typeof host === 'object') targets.set(data, { host, baseSequence });
    }
  }
  return targets;
}

/** Up to the first wait all of this is synchronous, so that requests take effect in their order. */
function appendAll(
  request: Request,
  context: RequestContext,
  admission: Admission<PartitionData>,
): Response | undefined | Promise<Response | undefined> {
  const waiting: Promise<void>[] = [];
  const responses = request.topicData.map((topic): TopicResponse => {
    const partitionResponses: PartitionResponse[] = [];
    topic.partitionData.forEach((data, place) => {
      const admitted = admission.size === 0 ? undefined : admission.get(data);
      const response = append({ topic, data, request, admitted }, context);
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
}

/** Answers the same error for each partition. */
function refuse(request: Request, context: RequestContext, code: number): Response | undefined {
  const responses = request.topicData.map(({ name, topicId, partitionData }) => {
    return { name, topicId, partitionResponses: partitionData.map((data) => failure(data, code)) };
  });
  return answer(responses, request, context);
}

function answer(responses: readonly TopicResponse[], request: Request, context: RequestContext): Response | undefined {
  if (request.acks !== 0) return { responses };
  // A producer that asked for no answer learns of a failure by the end of its connection.
  const all = responses.flatMap(({ partitionResponses }) => partitionResponses);
  const failed = all.find(({ errorCode: code }) => code !== 0);
  if (failed !== undefined) context.connection.close(`Produce with acks=0 failed with error ${failed.errorCode}`);
  return undefined;
}

interface Append {
  readonly topic: TopicData;
  readonly data: PartitionData;
  readonly request: Request;
  readonly admitted: Verification | ErrorName | undefined;
}

function isKnownAcks(acks: number): boolean {
  return acks >= -1 && acks <= 1;
}

function append(
  { topic, data, request, admitted }: Append,
  context: RequestContext,
): PartitionResponse | Promise<PartitionResponse> {
  const { acks } = request;
  if (!isKnownAcks(acks)) return failure(data, errorCode.INVALID_REQUIRED_ACKS);
  if (typeof admitted === 'string') return failure(data, errorCode[admitted]);
  const partition = find(topic, data, context);
  if (typeof partition === 'number') return failure(data, partition);
  const outcome = partition.produce(data.records, { acks, version: context.version, verification: admitted });
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
