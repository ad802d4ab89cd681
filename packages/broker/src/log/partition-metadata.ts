export const partitionMetadataName = 'partition.metadata';

/** The text of Kafka's `partition.metadata`. */
export function formatPartitionMetadata(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`;
}

/** The topic id in a `partition.metadata`, or undefined when it is not whole. */
export function parsePartitionMetadata(text: string): string | undefined {
  return /^version: 0\ntopic_id: ([\w-]{22})\s*$/.exec(text)?.[1];
}
