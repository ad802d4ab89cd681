import type { Platform } from '@nagare/base';
import type { BrokerSettings } from '../config/broker-settings.ts';
import type { BrokerStorage } from './broker-host.ts';
import { memoryLogStore } from './log-store.ts';
import { memoryQuorumState } from './quorum-state.ts';
import { randomUuid } from './random-uuid.ts';

/** State that lives as long as the process. */
export function memoryStorage(options: {
  readonly settings: BrokerSettings;
  readonly platform: Platform;
}): BrokerStorage {
  const { settings, platform } = options;
  return {
    clusterId: settings.nagareClusterId ?? randomUuid(platform.random),
    directoryId: randomUuid(platform.random),
    directory: 'memory',
    durability: 'memory',
    logs: memoryLogStore({ nowMs: () => platform.clock.nowMs() }),
    quorumState: memoryQuorumState(),
  };
}
