import type { ConfigResource, ConfigResourceType, ConfigSource } from './admin.ts';

const typeNumbers: Readonly<Record<ConfigResourceType, number>> = {
  topic: 2,
  broker: 4,
  'broker-logger': 8,
  'client-metrics': 16,
  group: 32,
};

/** The sources of a config's value, by their number on the wire. */
const sources: readonly ConfigSource[] = [
  'unknown',
  'topic',
  'dynamic-broker',
  'dynamic-default-broker',
  'static-broker',
  'default',
  'dynamic-broker-logger',
  'client-metrics',
  'group',
];

export function resourceTypeNumber(type: ConfigResourceType): number {
  return typeNumbers[type];
}

export function configSourceOf(number: number): ConfigSource {
  return sources[number] ?? 'unknown';
}

/** The broker that alone can tell of a resource; undefined when any can. */
export function brokerOf({ type, name }: ConfigResource): number | undefined {
  const isOfOneBroker = (type === 'broker' || type === 'broker-logger') && name !== '';
  return isOfOneBroker ? Number(name) : undefined;
}

/** Resources by the broker to ask. */
export function byBroker<Resource extends ConfigResource>(
  resources: readonly Resource[],
): ReadonlyMap<number | undefined, readonly Resource[]> {
  const groups = new Map<number | undefined, Resource[]>();
  for (const resource of resources) {
    const broker = brokerOf(resource);
    groups.set(broker, [...(groups.get(broker) ?? []), resource]);
  }
  return groups;
}
