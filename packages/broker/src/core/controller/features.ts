/** A feature whose level the cluster agrees on (KIP-584), with the levels that this broker can work at. */
export interface SupportedFeature {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** Kafka 3.3-IV3: the first level that Kafka 4 brokers still know. */
const metadataVersionMin = 7;
/** Kafka 4.0-IV3: the level of the records that we write. */
const metadataVersion = 25;

export const supportedFeatures: readonly SupportedFeature[] = [
  { name: 'metadata.version', minVersion: metadataVersionMin, maxVersion: metadataVersion },
];
