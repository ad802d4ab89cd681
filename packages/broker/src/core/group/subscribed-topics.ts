import { codecOf, ProtocolError, Reader, storedRecords } from '@nagare/protocol';

const versionBytes = 2;

/**
 * The topics that a consumer subscribes to, out of its metadata for an assignor; undefined when the bytes are not those
 * of Kafka's consumer protocol. Version 0 is a prefix of all later ones.
 */
export function subscribedTopics(metadata: Buffer): readonly string[] | undefined {
  if (metadata.length < versionBytes) return undefined;
  try {
    return codecOf(storedRecords.consumerProtocolSubscription, 0).read(new Reader(metadata, versionBytes)).topics;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
