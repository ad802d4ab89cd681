import type { ClassicGroup } from '../classic-group.ts';
import type { JoinEvent } from '../classic-join.ts';
import type { HeartbeatEvent, LeaveEvent } from '../classic-session.ts';
import type { SyncEvent } from '../classic-sync.ts';
import type { Group } from '../group.ts';
import { joinError } from '../replies.ts';
import type { Work } from '../work.ts';
import { heartbeatClassic, joinClassic, leaveClassic, syncClassic } from './classic-membership.ts';
import type { ClusterView } from './cluster-view.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { specialEpoch } from './consumer-member.ts';
import { type ConsumerGroupDescription, describeConsumerGroup, missingConsumerGroup } from './consumer-views.ts';
import { arm, expire } from './departure.ts';
import { downgrade, shouldDowngrade } from './downgrade.ts';
import { Draft } from './draft.ts';
import { heartbeat } from './heartbeat.ts';
import { type ConsumerHeartbeatEvent, checkHeartbeat, heartbeatError } from './heartbeat-event.ts';
import { isRefusal, type Refusal, refusal, type Scene } from './scene.ts';
import { TopicPatterns } from './topic-pattern.ts';
import { dismissWaiting, upgrade } from './upgrade.ts';

/** Serves the consumer groups of a shard, whose router finds the group of each event. */
export class ConsumerGroups {
  readonly #patterns = new TopicPatterns();
  #cluster: ClusterView;
  /** Groups that have just become classic: their members have to rebalance. */
  #downgraded: string[] = [];

  constructor(cluster: ClusterView) {
    this.#cluster = cluster;
  }

  /** Takes note of what the cluster is now; groups look at it with their next heartbeat. */
  clusterChanged(cluster: ClusterView): void {
    this.#cluster = cluster;
  }

  heartbeat(group: Group | undefined, event: ConsumerHeartbeatEvent, work: Work): void {
    const fault = checkHeartbeat(event, work.settings.consumer.assignors);
    const scene = this.#scene(event.groupId, work);
    const recordsBefore = work.records.length;
    const draft = fault ?? this.#draftOf(group, event, scene);
    const reply = isRefusal(draft) ? draft : heartbeat(draft, event, scene);
    if (isRefusal(reply)) work.records.length = recordsBefore;
    else {
      if (group?.kind === 'classic') dismissWaiting(group, work);
      if (group?.kind !== 'consumer') work.followUp(); // It will be there after the step, to be armed.
    }
    work.answer(isRefusal(reply) ? heartbeatError(reply.error, reply.message) : reply);
    if (!isRefusal(draft)) this.#settle(draft, work);
  }

  join(group: ConsumerGroup, event: JoinEvent, work: Work): void {
    const recordsBefore = work.records.length;
    const draft = new Draft(group, work.records);
    const reply = joinClassic(draft, event, this.#scene(event.groupId, work));
    if (isRefusal(reply)) work.records.length = recordsBefore;
    work.answer(isRefusal(reply) ? joinError(event.memberId, reply.error) : reply);
    this.#settle(draft, work);
  }

  sync(group: ConsumerGroup, event: SyncEvent, work: Work): void {
    work.answer(syncClassic(new Draft(group, work.records), event, this.#scene(event.groupId, work)));
  }

  heartbeatClassic(group: ConsumerGroup, event: HeartbeatEvent, work: Work): void {
    work.answerCode(heartbeatClassic(new Draft(group, work.records), event, this.#scene(event.groupId, work)));
  }

  leave(group: ConsumerGroup, event: LeaveEvent, work: Work): void {
    const draft = new Draft(group, work.records);
    work.answer(leaveClassic(draft, event, this.#scene(event.groupId, work)));
    this.#settle(draft, work);
  }

  describe(group: Group | undefined, groupId: string, { settings }: Work): ConsumerGroupDescription {
    if (group?.kind !== 'consumer') return missingConsumerGroup(groupId, notFoundMessage(group, groupId));
    const [defaultAssignor] = settings.consumer.assignors;
    return describeConsumerGroup(group, { topics: this.#cluster, defaultAssignor: defaultAssignor ?? '' });
  }

  /** Does what has fallen due in a group. */
  wake(group: ConsumerGroup, work: Work): void {
    const scene = this.#scene(group.groupId, work);
    arm(group, scene);
    if (shouldDowngrade(group, work)) {
      downgrade(group, scene);
      this.#downgraded.push(group.groupId);
      group.wakeAtMs = Number.POSITIVE_INFINITY;
      work.followUp();
      return;
    }
    const draft = new Draft(group, work.records);
    expire(draft, scene);
    group.wakeAtMs = group.deadlines.nextMs;
    this.#settle(draft, work);
  }

  /** The groups that have become classic since this was last asked. */
  takeDowngraded(): readonly string[] {
    return this.#downgraded.splice(0);
  }

  #draftOf(group: Group | undefined, event: ConsumerHeartbeatEvent, scene: Scene): Draft | Refusal {
    if (group?.kind === 'consumer') return new Draft(group, scene.work.records);
    if (event.memberEpoch !== specialEpoch.join) return notFound(group, event.groupId);
    if (group !== undefined) return upgrade(group, scene);
    return new Draft(new ConsumerGroup(event.groupId), scene.work.records);
  }

  #scene(groupId: string, work: Work): Scene {
    const timings = this.#cluster.groupTimings?.get(groupId) ?? work.settings.consumer;
    return { work, topics: this.#cluster, patterns: this.#patterns, timings };
  }

  /** A group that has lost its last member of the newer protocol is looked at in a step of its own. */
  #settle({ group, live }: Draft, work: Work): void {
    if (!shouldDowngrade(group, work)) return;
    live.wakeAtMs = 0;
    work.followUp();
  }
}

function notFound(group: ClassicGroup | undefined, groupId: string): Refusal {
  return refusal('GROUP_ID_NOT_FOUND', notFoundMessage(group, groupId));
}

function notFoundMessage(group: ClassicGroup | undefined, groupId: string): string {
  return group === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a consumer group.`;
}
