import { apis, type ErrorName, errorCode, type RequestOf } from '@nagare/protocol';
import {
  type ConfigEntry,
  describeBrokerConfig,
  describeClusterConfig,
  describeTopicConfig,
} from '../config/describe-config.ts';
import { brokerConfigsOf, resourceType, topicConfigsOf } from '../core/controller/image.ts';
import { topicNameFault } from '../core/controller/topic-name.ts';
import type { BrokerServices } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.describeConfigs>;
type Resource = Request['resources'][number];
type Described = readonly ConfigEntry[] | { readonly error: ErrorName; readonly message: string };

/** Tells the configs of topics and of this broker, with their sources. */
export const handleDescribeConfigs = defineHandler(apis.describeConfigs, {
  handle: (request, { broker }) => ({
    results: request.resources.map((resource) => answer(resource, request, broker)),
  }),
});

function answer(resource: Resource, request: Request, broker: BrokerServices) {
  const { resourceType: type, resourceName, configurationKeys: keys } = resource;
  const described = describe(resource, broker);
  const identity = { resourceType: type, resourceName };
  if ('error' in described) {
    return { ...identity, errorCode: errorCode[described.error], errorMessage: described.message, configs: [] };
  }
  const wanted = keys === null || keys.length === 0 ? undefined : new Set(keys);
  const configs = described
    .filter(({ name }) => wanted === undefined || wanted.has(name))
    .map((entry) => ({
      ...entry,
      synonyms: request.includeSynonyms ? entry.synonyms : [],
      documentation: request.includeDocumentation ? entry.documentation : null,
    }));
  return { ...identity, errorCode: errorCode.NONE, errorMessage: null, configs };
}

function describe({ resourceType: type, resourceName: name }: Resource, broker: BrokerServices): Described {
  switch (type) {
    case resourceType.topic:
      return describeTopic(name, broker);
    case resourceType.broker:
      return describeBroker(name, broker);
    case resourceType.brokerLogger:
      return name === '' ? invalid('Broker id must not be empty') : (brokerFault(name, broker, '') ?? []);
    case resourceType.clientMetrics:
    case resourceType.group:
      return name === '' ? invalid('The name of the resource must not be empty') : [];
    default:
      return invalid(`Unexpected resource type ${type} for resource ${name}`);
  }
}

function describeTopic(name: string, { image, settings }: BrokerServices): Described {
  const fault = topicNameFault(name);
  if (fault !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', message: fault };
  const metadata = image();
  if (metadata.topicsByName.has(name)) {
    return describeTopicConfig(topicConfigsOf(metadata, name), brokerConfigsOf(metadata, settings));
  }
  return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'This server does not host this topic-partition.' };
}

function describeBroker(name: string, broker: BrokerServices): Described {
  const configs = brokerConfigsOf(broker.image(), broker.settings);
  if (name === '') return describeClusterConfig(configs.cluster);
  return brokerFault(name, broker, ' or empty string,') ?? describeBrokerConfig(configs);
}

function brokerFault(name: string, { nodeId }: BrokerServices, alternative: string): Described | undefined {
  if (!/^\d{1,10}$/.test(name)) return invalid(`Broker id must be an integer, but it is: ${name}`);
  if (Number(name) === nodeId) return undefined;
  return invalid(`Unexpected broker id, expected ${nodeId}${alternative} but received ${name}`);
}

const invalid = (message: string): Described => ({ error: 'INVALID_REQUEST', message });
