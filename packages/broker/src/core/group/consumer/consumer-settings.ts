import type { AssignorName } from './assignors/assignor.ts';

/** In which directions a group that has members may change its protocol. */
export type MigrationPolicy = 'disabled' | 'upgrade' | 'downgrade' | 'bidirectional';

/** What a group can have a config of its own for; the names of Kafka's settings are beside each. */
export interface ConsumerGroupTimings {
  /** `group.consumer.session.timeout.ms` */
  readonly sessionTimeoutMs: number;
  /** `group.consumer.heartbeat.interval.ms` */
  readonly heartbeatIntervalMs: number;
  /** `group.consumer.assignment.interval.ms`: the least time between two target assignments. */
  readonly assignmentIntervalMs: number;
}

/** What the coordinator of consumer groups can be told; its timings are those of groups without configs. */
export interface ConsumerGroupSettings extends ConsumerGroupTimings {
  /** `group.consumer.max.size` */
  readonly membersMax: number;
  /** `group.consumer.assignors`; the first one is taken when no member asks for one. */
  readonly assignors: readonly AssignorName[];
  /** `group.consumer.migration.policy` */
  readonly migrationPolicy: MigrationPolicy;
}
