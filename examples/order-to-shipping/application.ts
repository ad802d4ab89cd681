import { Streams, type StreamsConfig } from '@nagare/streams';
import { orderToShipping, topicsOf } from './topology.ts';

/** Which application it is, and where. */
export interface Identity {
  readonly brokers: string;
  readonly applicationId: string;
  /** In front of each topic. */
  readonly prefix: string;
  /** Where stores are kept. Without it they are in memory. */
  readonly stateDir?: string;
}

/** The application of a run: whatever happens to it, each order counts once. */
export function application({ prefix, ...identity }: Identity, config: Partial<StreamsConfig> = {}): Streams {
  return new Streams(orderToShipping(topicsOf(prefix)), {
    ...identity,
    ...config,
    processingGuarantee: 'exactly_once_v2',
  });
}
