import type { Decision } from './decision.ts';
import type { MetadataImage } from './image.ts';

/** Producer ids that a broker may hand out: `size` of them from `first` on. */
export interface ProducerIdBlock {
  readonly first: number;
  readonly size: number;
}

const blockSize = 1000;

/** Leases the next block of producer ids to a broker. What a broker does not use of it is never used. */
export function allocateProducerIds(image: MetadataImage, brokerId: number): Decision<ProducerIdBlock> {
  const first = image.nextProducerId;
  const brokerEpoch = image.brokers.get(brokerId)?.epoch ?? -1;
  return {
    records: [{ type: 'producerIdsRecord', value: { brokerId, brokerEpoch, nextProducerId: first + blockSize } }],
    response: { first, size: blockSize },
  };
}
