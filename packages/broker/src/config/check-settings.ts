import type { BrokerSettings } from './broker-settings.ts';
import { isControllerListener, listenersOf, parseListener } from './listeners.ts';

type Check = (settings: BrokerSettings) => string | undefined;

/** What single settings cannot show: contradictions between them, and what this broker has no part for. */
const checks: readonly Check[] = [
  checkNodeId,
  checkRoles,
  checkVoters,
  checkListeners,
  checkAdvertised,
  checkDirectory,
  checkClusterId,
  checkSessionTimeouts,
];

/** The first contradiction in the settings, as a sentence; undefined when there is none. */
export function settingsFault(settings: BrokerSettings): string | undefined {
  for (const check of checks) {
    const fault = check(settings);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function checkNodeId({ given, nodeId, brokerId }: BrokerSettings): string | undefined {
  if (!given.has('node.id') || brokerId === -1 || brokerId === nodeId) return undefined;
  return `broker.id is ${brokerId} but node.id is ${nodeId}: give one of them`;
}

function checkRoles({ processRoles }: BrokerSettings): string | undefined {
  return processRoles.includes('broker')
    ? undefined
    : `process.roles must include broker, got ${processRoles.join(',')}`;
}

function checkVoters({ controllerQuorumVoters, nodeId }: BrokerSettings): string | undefined {
  for (const voter of controllerQuorumVoters) {
    const match = /^(\d+)@.+:\d{1,5}$/.exec(voter);
    if (match === null) return `controller.quorum.voters must look like 1@localhost:9093, got ${voter}`;
    if (Number(match[1]) !== nodeId) return `controller.quorum.voters may name node ${nodeId} alone, got ${voter}`;
  }
  return undefined;
}

function checkListeners(settings: BrokerSettings): string | undefined {
  const names = new Set<string>();
  for (const text of settings.listeners) {
    const listener = parseListener(text);
    if (listener === undefined) return `listeners must look like PLAINTEXT://127.0.0.1:9092, got ${text}`;
    if (names.has(listener.name)) return `listeners has ${listener.name} twice`;
    names.add(listener.name);
    const protocol = protocolOf(settings, listener.name);
    if (protocol === undefined) return `listener.security.protocol.map has no protocol for ${listener.name}`;
    if (protocol !== 'PLAINTEXT')
      return `listener ${listener.name} uses ${protocol}, and the broker speaks PLAINTEXT only`;
  }
  return listenersOf(settings).length === 0 ? 'listeners has none for clients' : undefined;
}

function protocolOf(settings: BrokerSettings, name: string): string | undefined {
  for (const pair of settings.listenerSecurityProtocolMap) {
    const [listener, protocol] = pair.split(':');
    if (listener?.toUpperCase() === name) return protocol?.toUpperCase();
  }
  return isControllerListener(settings, name) ? 'PLAINTEXT' : undefined;
}

function checkAdvertised(settings: BrokerSettings): string | undefined {
  const listening = new Set(listenersOf(settings).map(({ name }) => name));
  for (const text of settings.advertisedListeners ?? []) {
    const listener = parseListener(text);
    if (listener === undefined || listener.port === 0) {
      return `advertised.listeners must look like PLAINTEXT://localhost:9092, got ${text}`;
    }
    if (listener.host === '' || listener.host === '0.0.0.0' || listener.host === '::') {
      return `advertised.listeners needs a host that clients can reach, got ${text}`;
    }
    const isKnown = listening.has(listener.name) || isControllerListener(settings, listener.name);
    if (!isKnown) return `advertised.listeners has ${listener.name}, which listeners lacks`;
  }
  return undefined;
}

function checkDirectory({ logDirs }: BrokerSettings): string | undefined {
  if (logDirs === null || logDirs.length === 1) return undefined;
  return `log.dirs must name one directory, got ${logDirs.join(',')}`;
}

function checkClusterId({ nagareClusterId: id }: BrokerSettings): string | undefined {
  if (id === null || /^[A-Za-z0-9_-]{1,64}$/.test(id)) return undefined;
  return `nagare.cluster.id must be up to 64 letters, digits, - and _, got ${id}`;
}

function checkSessionTimeouts(settings: BrokerSettings): string | undefined {
  const { groupMinSessionTimeoutMs: min, groupMaxSessionTimeoutMs: max } = settings;
  return min <= max ? undefined : `group.min.session.timeout.ms ${min} is above group.max.session.timeout.ms ${max}`;
}
