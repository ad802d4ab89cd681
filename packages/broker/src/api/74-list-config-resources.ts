import { apis, errorCode } from '@nagare/protocol';
import { configuredNames, resourceType } from '../core/controller/image.ts';
import type { BrokerServices } from './context.ts';
import { defineHandler } from './define-handler.ts';

const allTypes: readonly number[] = Object.values(resourceType);
/** Version 0 was made for client metrics alone. */
const typesOfVersion0: readonly number[] = [resourceType.clientMetrics];

/** Lists what has configs, or could have (KIP-1142). */
export const handleListConfigResources = defineHandler(apis.listConfigResources, {
  handle({ resourceTypes }, { broker, version }) {
    const supported = version === 0 ? typesOfVersion0 : allTypes;
    const wanted = new Set(resourceTypes.length === 0 ? supported : resourceTypes);
    if ([...wanted].some((type) => !supported.includes(type))) {
      return { errorCode: errorCode.UNSUPPORTED_VERSION, configResources: [] };
    }
    return {
      errorCode: errorCode.NONE,
      configResources: allTypes
        .filter((type) => wanted.has(type))
        .flatMap((type) => namesOf(type, broker).map((resourceName) => ({ resourceName, resourceType: type }))),
    };
  },
});

/** Topics and brokers can be described without configs of their own; groups and metrics are there through their configs. */
function namesOf(type: number, { image, nodeId }: BrokerServices): readonly string[] {
  switch (type) {
    case resourceType.topic:
      return [...image().topicsByName.keys()];
    case resourceType.broker:
    case resourceType.brokerLogger:
      return [String(nodeId)];
    default:
      return configuredNames(image(), type);
  }
}
