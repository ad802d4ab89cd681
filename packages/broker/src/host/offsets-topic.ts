import type { MetadataImage } from '../core/controller/image.ts';
import type { ControllerHost } from './controller-host.ts';
import { type OffsetsTopic, offsetsTopicName } from './group-host.ts';
import type { Partitions } from './partitions.ts';

/** The topic of the group coordinator, as this broker's controller and partitions have it. */
export function offsetsTopicOf(broker: {
  readonly image: () => MetadataImage;
  readonly controller: Pick<ControllerHost, 'ensureTopic'>;
  readonly partitions: Partitions;
}): OffsetsTopic {
  return {
    partitionCount: () => broker.image().topicsByName.get(offsetsTopicName)?.partitions.length ?? 0,
    recordLog: (partition) => broker.partitions.get(offsetsTopicName, partition)?.recordLog(),
    ensure: async () => (await broker.controller.ensureTopic(offsetsTopicName)).error,
  };
}
