import type { Decision } from './decision.ts';
import { minInsyncReplicasRecord, supportedFeatures } from './features.ts';
import type { EndpointImage, MetadataImage } from './image.ts';
import type { MetadataRecord } from './records.ts';

/** A broker that comes up. */
export interface RegisterBrokerCommand {
  readonly brokerId: number;
  /** Greater than that of any registration before: the offset at which the registration is written. */
  readonly brokerEpoch: number;
  /** Random: tells this run of the process from others. */
  readonly incarnationId: string;
  readonly directoryId: string;
  readonly endpoints: readonly EndpointImage[];
  readonly rack: string | null;
}

/** Kafka's number of the security protocol PLAINTEXT. */
const plaintext = 0;

/**
 * The records with which a new metadata log begins.
 *
 * @param minInsyncReplicas - What holds for all topics without a setting of their own.
 */
export function bootstrap(minInsyncReplicas: number): Decision<void> {
  return {
    records: [
      ...supportedFeatures
        .filter(({ initial }) => initial > 0)
        .map(({ name, initial }): MetadataRecord => {
          return { type: 'featureLevelRecord', value: { name, featureLevel: initial } };
        }),
      minInsyncReplicasRecord(minInsyncReplicas),
    ],
    response: undefined,
  };
}

/**
 * Registers a broker that is ready to serve, and elects it again for each partition that it leads: its log may have lost an
 * end that was never synced, and a new leader epoch is what lets readers notice.
 */
export function registerBroker(image: MetadataImage, command: RegisterBrokerCommand): Decision<void> {
  const { brokerId, brokerEpoch, incarnationId, directoryId, endpoints, rack } = command;
  return {
    records: [
      registrationRecord({
        ...{ brokerId, brokerEpoch, incarnationId, endpoints, rack },
        ...{ logDirs: [directoryId], fenced: false, inControlledShutdown: false },
      }),
      ...elections(image, brokerId),
    ],
    response: undefined,
  };
}

/** What the metadata says of a broker that is there. */
export function registrationRecord({
  endpoints,
  ...state
}: Omit<RegisterBrokerCommand, 'directoryId'> & {
  readonly logDirs: readonly string[];
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
}): MetadataRecord {
  return {
    type: 'registerBrokerRecord',
    value: {
      ...state,
      isMigratingZkBroker: false,
      endPoints: endpoints.map((endpoint) => ({ ...endpoint, securityProtocol: plaintext })),
      features: supportedFeatures.map(({ name, minVersion, maxVersion }) => {
        return { name, minSupportedVersion: minVersion, maxSupportedVersion: maxVersion };
      }),
      cordonedLogDirs: null,
    },
  };
}

function elections(image: MetadataImage, brokerId: number): MetadataRecord[] {
  const records: MetadataRecord[] = [];
  for (const { id: topicId, partitions } of image.topicsById.values()) {
    for (const { index, leader } of partitions) {
      if (leader !== brokerId) continue;
      records.push({
        type: 'partitionChangeRecord',
        value: {
          ...{ partitionId: index, topicId, leader: brokerId },
          ...{ isr: null, replicas: null, removingReplicas: null, addingReplicas: null },
          ...{ leaderRecoveryState: -1, directories: null, eligibleLeaderReplicas: null, lastKnownElr: null },
        },
      });
    }
  }
  return records;
}
