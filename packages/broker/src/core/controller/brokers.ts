import type { Decision } from './decision.ts';
import { supportedFeatures } from './features.ts';
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

/** The records with which a new metadata log begins. */
export function bootstrap(): Decision<void> {
  return {
    records: supportedFeatures.map(({ name, maxVersion }) => {
      return { type: 'featureLevelRecord', value: { name, featureLevel: maxVersion } };
    }),
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
      {
        type: 'registerBrokerRecord',
        value: {
          brokerId,
          isMigratingZkBroker: false,
          incarnationId,
          brokerEpoch,
          endPoints: endpoints.map((endpoint) => ({ ...endpoint, securityProtocol: plaintext })),
          features: supportedFeatures.map(({ name, minVersion, maxVersion }) => {
            return { name, minSupportedVersion: minVersion, maxSupportedVersion: maxVersion };
          }),
          rack,
          fenced: false,
          inControlledShutdown: false,
          logDirs: [directoryId],
          cordonedLogDirs: null,
        },
      },
      ...elections(image, brokerId),
    ],
    response: undefined,
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
