import type { ErrorName } from '@nagare/protocol';
import type { MetadataImage } from '../core/controller/image.ts';
import type { ControllerHost } from './controller-host.ts';
import type { Partitions } from './partitions.ts';
import type { RecordLog } from './shard-host.ts';

/** The internal topic in which transactional ids are remembered. */
export const stateTopicName = '__transaction_state';

/** Where the transaction coordinator finds its topic. */
export interface StateTopic {
  /** How many partitions the topic has; 0 while it does not exist. */
  partitionCount(): number;
  /** The log of a partition that this broker leads. */
  recordLog(partition: number): RecordLog | undefined;
  /** How often a partition has got another leader: by it a coordinator that was replaced is known. */
  leaderEpoch(partition: number): number;
  /** Creates the topic unless it exists; afterwards its partitions can be written. Says whether that went well. */
  ensure(): Promise<ErrorName>;
}

/** The topic as this broker's controller and partitions have it. */
export function stateTopicOf(broker: {
  readonly image: () => MetadataImage;
  readonly controller: Pick<ControllerHost, 'ensureTopic'>;
  readonly partitions: Partitions;
}): StateTopic {
  const partitions = () => broker.image().topicsByName.get(stateTopicName)?.partitions ?? [];
  return {
    partitionCount: () => partitions().length,
    recordLog: (partition) => broker.partitions.get(stateTopicName, partition)?.recordLog(),
    leaderEpoch: (partition) => partitions()[partition]?.leaderEpoch ?? 0,
    ensure: async () => (await broker.controller.ensureTopic(stateTopicName)).error,
  };
}
