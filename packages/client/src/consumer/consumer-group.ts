import type { ConsumerConfig } from '../config.ts';
import type { Cluster } from '../connection/cluster.ts';
import { Coordinator } from '../connection/coordinator.ts';
import type { GroupMetadata } from '../consumer.ts';
import { assignorsFrom } from '../core/assignors/registry.ts';
import type { FetchPlan } from '../core/fetch-plan.ts';
import { GroupMember } from '../core/group-member.ts';
import { Committer } from './committer.ts';
import { type GroupHooks, GroupSession } from './group-session.ts';

/** The parts of a consumer that only a group has. */
export interface ConsumerGroup {
  readonly coordinator: Coordinator;
  readonly member: GroupMember;
  readonly session: GroupSession;
  readonly committer: Committer;
}

export function makeGroup(parts: {
  readonly cluster: Cluster;
  readonly config: ConsumerConfig;
  readonly plan: FetchPlan;
  readonly groupId: string;
  readonly hooks: GroupHooks;
  /** False while partitions are assigned by hand: they are committed without a membership. */
  readonly isMember: () => boolean;
}): ConsumerGroup {
  const { cluster, config, plan, groupId, hooks, isMember } = parts;
  const coordinator = new Coordinator(cluster, groupId);
  const member = new GroupMember({
    ...config,
    groupId,
    groupInstanceId: config.groupInstanceId ?? null,
    rackId: config.rackId ?? null,
    assignors: assignorsFrom(config.assignors),
    rebalanceTimeoutMs: config.maxPollIntervalMs,
  });
  const session = new GroupSession({ cluster, config, coordinator, member, hooks });
  const committer = new Committer({
    cluster,
    config,
    coordinator,
    plan,
    group: () => (isMember() ? member.membership : outsider(member.metadata)),
    onRefused: (error, generationId) => session.onCommit(error, generationId),
  });
  return { coordinator, member, session, committer };
}

function outsider(metadata: GroupMetadata): GroupMetadata {
  return { ...metadata, generationId: -1, memberId: '', groupInstanceId: null };
}
