import { resourceType } from './image.ts';
import type { MetadataRecord } from './records.ts';

/** A feature whose level the cluster agrees on (KIP-584), with the levels that this broker can work at. */
export interface SupportedFeature {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** The level of a new cluster. */
  readonly initial: number;
  /** The metadata.version that each level above 0 needs. */
  readonly metadataVersion: number;
}

export const metadataVersionFeature = 'metadata.version';
export const kraftVersionFeature = 'kraft.version';
/** Replicas that have left the in-sync set and still have all that was acknowledged (KIP-966). */
export const elrFeature = 'eligible.leader.replicas.version';

/** Kafka 3.3-IV3: the first level that Kafka 4 brokers still know. */
const metadataVersionMin = 7;
/** Kafka 4.3-IV0: that of the Kafka whose answers ours are. */
const metadataVersionMax = 30;

/**
 * What Kafka 4.3 has. Of share and streams groups there is the level alone: clients tell by the API keys that they are not
 * served, and tools raise the levels of a release together.
 */
export const supportedFeatures: readonly SupportedFeature[] = [
  {
    name: metadataVersionFeature,
    minVersion: metadataVersionMin,
    maxVersion: metadataVersionMax,
    initial: metadataVersionMax,
    metadataVersion: metadataVersionMin,
  },
  // Its level stands in control records rather than in the metadata.
  { name: kraftVersionFeature, minVersion: 0, maxVersion: 1, initial: 0, metadataVersion: 21 },
  { name: 'transaction.version', minVersion: 0, maxVersion: 2, initial: 2, metadataVersion: metadataVersionMin },
  { name: 'group.version', minVersion: 0, maxVersion: 1, initial: 1, metadataVersion: metadataVersionMin },
  { name: 'share.version', minVersion: 0, maxVersion: 1, initial: 1, metadataVersion: metadataVersionMin },
  { name: 'streams.version', minVersion: 0, maxVersion: 1, initial: 1, metadataVersion: metadataVersionMin },
  { name: elrFeature, minVersion: 0, maxVersion: 1, initial: 1, metadataVersion: 23 },
];

/** The levels of metadata.version that brought new kinds of records: to go back over one could lose what they hold. */
const levelsWithNewRecords: readonly number[] = [8, 11, 13, 14, 15, 17, 23, 30];

/** Whether a cluster at one level may hold records that a lower level does not have. */
export function mayLoseRecords(from: number, to: number): boolean {
  return levelsWithNewRecords.some((level) => level > to && level <= from);
}

/** Where eligible leader replicas are on, all brokers must go by one number of replicas: it stands in the metadata. */
export function minInsyncReplicasRecord(minInsyncReplicas: number): MetadataRecord {
  return {
    type: 'configRecord',
    value: {
      ...{ resourceType: resourceType.broker, resourceName: '' },
      ...{ name: 'min.insync.replicas', value: String(minInsyncReplicas) },
    },
  };
}
