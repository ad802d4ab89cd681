import type { BrokerServices } from './context.ts';

const feature = { name: 'group.version', firstLevelWithConsumerGroups: 1 } as const;

/** Whether the cluster's features leave consumer groups (KIP-848) out. */
export function consumerGroupsAreOff(broker: Pick<BrokerServices, 'image'>): boolean {
  return (broker.image().features.get(feature.name) ?? 0) < feature.firstLevelWithConsumerGroups;
}
