import type { BrokerSettings } from '../../config/broker-settings.ts';
import type { NewTopic } from './topics.ts';

/** How the broker creates a topic for its own state; undefined when the name is not one of those. */
export function internalTopic(name: string, settings: BrokerSettings, brokers: number): NewTopic | undefined {
  const topic = (numPartitions: number, replicas: number, configs: Readonly<Record<string, string>>): NewTopic => ({
    name,
    numPartitions,
    replicationFactor: Math.max(1, Math.min(replicas, brokers)),
    assignments: [],
    configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
  });
  switch (name) {
    case '__consumer_offsets':
      return topic(settings.offsetsTopicNumPartitions, settings.offsetsTopicReplicationFactor, {
        'cleanup.policy': 'compact',
        'compression.type': 'producer',
        'segment.bytes': String(settings.offsetsTopicSegmentBytes),
      });
    case '__transaction_state': {
      const replicas = settings.transactionStateLogReplicationFactor;
      return topic(settings.transactionStateLogNumPartitions, replicas, {
        'cleanup.policy': 'compact',
        'compression.type': 'uncompressed',
        'min.insync.replicas': String(Math.max(1, Math.min(settings.transactionStateLogMinIsr, replicas, brokers))),
        'segment.bytes': String(settings.transactionStateLogSegmentBytes),
        'unclean.leader.election.enable': 'false',
      });
    }
    default:
      return undefined;
  }
}
