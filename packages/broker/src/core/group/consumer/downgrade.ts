import { ClassicGroup, consumerProtocolType } from '../classic-group.ts';
import { ClassicMember, protocolsOf } from '../classic-member.ts';
import type { Work } from '../work.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { readSubscription, writeAssignment } from './embedded-protocol.ts';
import type { Scene } from './scene.ts';

/** Whether a group has only members of the classic protocol left, and may become a classic group for them. */
export function shouldDowngrade(
  { subscriptions, members }: ConsumerGroup,
  { settings }: Pick<Work, 'settings'>,
): boolean {
  const { classicCount, classicProtocols } = subscriptions;
  const { migrationPolicy } = settings.consumer;
  if (classicCount === 0 || classicCount < members.size || members.size > settings.membersMax) return false;
  if (migrationPolicy !== 'downgrade' && migrationPolicy !== 'bidirectional') return false;
  return [...classicProtocols.values()].includes(classicCount);
}

/**
 * Makes a classic group of it. The epoch of the target becomes the generation, as it is the one that members have reached:
 * they learn that they have to rebalance without losing what they have, which is what they were to have.
 */
export function downgrade(group: ConsumerGroup, { work, topics }: Scene): void {
  const classic = new ClassicGroup(group.groupId);
  for (const {
    memberId,
    instanceId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    classic: side,
  } of group.members.values()) {
    if (side === null) return;
    const { sessionTimeoutMs, protocols } = side;
    const profile = {
      memberId,
      groupInstanceId: instanceId,
      clientId,
      clientHost,
      rebalanceTimeoutMs,
      sessionTimeoutMs,
    };
    classic.add(new ClassicMember(profile, protocolsOf(protocols)), consumerProtocolType);
  }
  classic.generation = group.targetEpoch;
  classic.protocolName = classic.selectProtocol();
  const members = Array.from(classic.members.values(), (member) =>
    member.stored(classic.protocolName, assignmentOf(group, member, { protocolName: classic.protocolName, topics })),
  );
  work.records.push(...group.tombstones(), classic.record(work.wallMs, members));
}

function assignmentOf(
  group: ConsumerGroup,
  member: ClassicMember,
  { protocolName, topics }: { readonly protocolName: string | null; readonly topics: ClusterView },
): Buffer {
  const version = readSubscription(member.metadataOf(protocolName))?.version ?? 0;
  return writeAssignment(group.targetOf(member.memberId), version, topics);
}
