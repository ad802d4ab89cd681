import type { BrokerSettings } from '../config/broker-settings.ts';
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
