import type { BrokerSettings } from '../config/broker-settings.ts';
import { resolveGroupConfig } from '../config/group-config.ts';
import { brokerConfigsOf, type MetadataImage, resourceKey, resourceType } from '../core/controller/image.ts';
import type { ClusterView } from '../core/group/consumer/cluster-view.ts';
import type { ConsumerGroupTimings } from '../core/group/consumer/consumer-settings.ts';
import type { GroupHostSettings } from './group-host.ts';

const minuteMs = 60_000;

/** What the group coordinator takes of the broker's settings. */
export function groupHostSettings(settings: BrokerSettings): GroupHostSettings {
  return {
    sessionTimeoutMsMin: settings.groupMinSessionTimeoutMs,
    sessionTimeoutMsMax: settings.groupMaxSessionTimeoutMs,
    initialRebalanceDelayMs: settings.groupInitialRebalanceDelayMs,
    membersMax: settings.groupMaxSize,
    offsetMetadataMax: settings.offsetMetadataMaxBytes,
    offsetsRetentionMs: settings.offsetsRetentionMinutes * minuteMs,
    consumer: {
      sessionTimeoutMs: settings.groupConsumerSessionTimeoutMs,
      heartbeatIntervalMs: settings.groupConsumerHeartbeatIntervalMs,
      membersMax: settings.groupConsumerMaxSize,
      assignors: settings.groupConsumerAssignors,
      migrationPolicy: settings.groupConsumerMigrationPolicy,
      assignmentIntervalMs: settings.groupConsumerAssignmentIntervalMs,
    },
    offsetsRetentionCheckIntervalMs: settings.offsetsRetentionCheckIntervalMs,
  };
}

/** What consumer groups have to know of the cluster. */
export function clusterViewOf(image: MetadataImage, { nodeId, given }: BrokerSettings): ClusterView {
  const broker = brokerConfigsOf(image, { nodeId, given });
  const prefix = resourceKey({ type: resourceType.group, name: '' });
  const groupTimings = new Map<string, ConsumerGroupTimings>();
  for (const [key, overrides] of image.configs) {
    if (!key.startsWith(prefix)) continue;
    const config = resolveGroupConfig(overrides, broker);
    groupTimings.set(key.slice(prefix.length), {
      sessionTimeoutMs: config.consumerSessionTimeoutMs,
      heartbeatIntervalMs: config.consumerHeartbeatIntervalMs,
      assignmentIntervalMs: config.consumerAssignmentIntervalMs,
    });
  }
  const { topicsByName, topicsById } = image;
  return { topicsByName, topicsById, groupTimings };
}
