import { registrationRecord } from './brokers.ts';
import { metadataVersionFeature } from './features.ts';
import type { BrokerImage, MetadataImage, PartitionImage, TopicImage } from './image.ts';
import type { MetadataRecord } from './records.ts';

/** The records that make an image out of nothing: what a snapshot holds in place of the log before it. */
export function imageRecords(image: MetadataImage): MetadataRecord[] {
  return [
    ...featureRecords(image.features),
    ...[...image.brokers.values()].map(brokerRecord),
    ...[...image.topicsById.values()].flatMap(topicRecords),
    ...configRecords(image.configs),
    ...producerIdRecords(image.nextProducerId),
  ];
}

/** Kafka's readers want the level of the metadata before all else. */
function featureRecords(features: MetadataImage['features']): MetadataRecord[] {
  const isFirst = (name: string) => (name === metadataVersionFeature ? 0 : 1);
  return [...features]
    .sort(([a], [b]) => isFirst(a) - isFirst(b))
    .map(([name, featureLevel]): MetadataRecord => ({ type: 'featureLevelRecord', value: { name, featureLevel } }));
}

function brokerRecord({ id, epoch, incarnationId, endpoints, rack, ...state }: BrokerImage): MetadataRecord {
  return registrationRecord({
    ...{ brokerId: id, brokerEpoch: epoch, incarnationId, endpoints, rack },
    ...{ logDirs: state.directories, fenced: state.isFenced, inControlledShutdown: state.isShuttingDown },
  });
}

function topicRecords({ name, id: topicId, partitions }: TopicImage): MetadataRecord[] {
  return [
    { type: 'topicRecord', value: { name, topicId } },
    ...partitions.map((partition) => partitionRecord(topicId, partition)),
  ];
}

function partitionRecord(topicId: string, partition: PartitionImage): MetadataRecord {
  const { index: partitionId, replicas, isr, removingReplicas, addingReplicas, directories, ...state } = partition;
  const { leader, leaderEpoch, partitionEpoch } = state;
  return {
    type: 'partitionRecord',
    value: {
      ...{ partitionId, topicId, replicas, isr, removingReplicas, addingReplicas, directories },
      ...{ leader, leaderEpoch, partitionEpoch, leaderRecoveryState: 0 },
      ...{ eligibleLeaderReplicas: null, lastKnownElr: null },
    },
  };
}

function configRecords(configs: MetadataImage['configs']): MetadataRecord[] {
  return [...configs].flatMap(([key, values]) => {
    const type = key.slice(0, key.indexOf(':'));
    const resource = { resourceType: Number(type), resourceName: key.slice(type.length + 1) };
    return [...values].map(([name, value]): MetadataRecord => {
      return { type: 'configRecord', value: { ...resource, name, value } };
    });
  });
}

function producerIdRecords(nextProducerId: number): MetadataRecord[] {
  if (nextProducerId === 0) return [];
  return [{ type: 'producerIdsRecord', value: { brokerId: -1, brokerEpoch: -1, nextProducerId } }];
}
