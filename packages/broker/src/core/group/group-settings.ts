import type { ConsumerGroupSettings } from './consumer/consumer-settings.ts';

/** What the coordinator of groups can be told; the names of Kafka's settings are beside each. */
export interface GroupSettings {
  /** `group.min.session.timeout.ms` */
  readonly sessionTimeoutMsMin: number;
  /** `group.max.session.timeout.ms` */
  readonly sessionTimeoutMsMax: number;
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** `group.max.size`, of classic groups. */
  readonly membersMax: number;
  /** `offset.metadata.max.bytes`, which Kafka counts in UTF-16 units. */
  readonly offsetMetadataMax: number;
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: number;
  readonly consumer: ConsumerGroupSettings;
}
