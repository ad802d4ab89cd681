import type { Platform } from '@nagare/base';
import type { BrokerSettings } from '../config/broker-settings.ts';
import type { BrokerSnapshot } from '../embedded/broker-snapshot.ts';
import { BrokerError } from '../errors.ts';
import type { BrokerStorage } from './broker-host.ts';
import { memoryLogStore } from './log-store.ts';
import { memoryQuorumState } from './quorum-state.ts';
import { randomUuid } from './random-uuid.ts';

/** State that lives as long as the process. It begins with a snapshot, or empty. */
export function memoryStorage(options: {
  readonly settings: BrokerSettings;
  readonly platform: Platform;
  readonly snapshot?: BrokerSnapshot | undefined;
}): BrokerStorage {
  const { settings, platform, snapshot } = options;
  if (snapshot !== undefined && snapshot.nodeId !== settings.nodeId) {
    const nodes = `the snapshot is of node ${snapshot.nodeId}, and this is node ${settings.nodeId}`;
    throw new BrokerError('NAGARE_BROKER_NODE_ID_MISMATCH', nodes);
  }
  return {
    clusterId: settings.nagareClusterId ?? snapshot?.clusterId ?? randomUuid(platform.random),
    directoryId: snapshot?.directoryId ?? randomUuid(platform.random),
    directory: 'memory',
    durability: 'memory',
    logs: memoryLogStore({
      nowMs: () => platform.clock.nowMs(),
      copyFor: snapshot && ((place) => snapshot.logOf(place)),
    }),
    quorumState: memoryQuorumState(snapshot?.quorum),
  };
}
