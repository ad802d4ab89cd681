import { apis, errorCode, type RequestOf, type ResponseDraftOf } from '@nagare/protocol';
import { elect, electionTypes } from '../core/controller/reassignments.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.electLeaders>;
type Response = ResponseDraftOf<typeof apis.electLeaders>;

/** Elects leaders when a client says so (KIP-460). */
export const handleElectLeaders = defineHandler(apis.electLeaders, {
  handle(request, { broker }) {
    const type = electionTypes[request.electionType];
    if (type === undefined) return unknownType(request);
    const image = broker.image();
    // Of all partitions, Kafka tells only of those whose leader it has changed.
    const asked = request.topicPartitions ?? [...image.topicsByName.keys()].map((topic) => ({ topic, partitions: [] }));
    return {
      errorCode: errorCode.NONE,
      replicaElectionResults: asked.map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map((partitionId) => {
          const { error, message } = elect(image, { topic, partition: partitionId, type });
          return { partitionId, errorCode: errorCode[error], errorMessage: message };
        }),
      })),
    };
  },
});

function unknownType({ topicPartitions, electionType }: Request): Response {
  const refused = { errorCode: errorCode.INVALID_REQUEST, errorMessage: `Unknown election type ${electionType}` };
  return {
    errorCode: refused.errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...refused })),
    })),
  };
}
