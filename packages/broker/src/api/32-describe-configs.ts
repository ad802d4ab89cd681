import { apis, type ErrorName, errorCode, ProtocolError, type RequestOf } from '@nagare/protocol';
import {
  type ConfigEntry,
  describeBrokerConfig,
  describeClientMetrics,
  describeClusterConfig,
  describeGroupConfig,
  describeTopicConfig,
} from '../config/describe-config.ts';
import { brokerConfigsOf, configsOf, resourceType, topicConfigsOf } from '../core/controller/image.ts';
import { topicNameFault } from '../core/controller/topic-name.ts';
import type { BrokerServices } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.describeConfigs>;
type Resource = Request['resources'][number];
interface Refused {
  readonly error: ErrorName;
  readonly message: string;
}
type Described = readonly ConfigEntry[] | Refused;

/** Tells the configs of topics, groups, subscriptions to metrics and this broker, with their sources. No logger has a name. */
export const handleDescribeConfigs = defineHandler(apis.describeConfigs, {
  handle(request, { broker }) {
    const { resources } = request;
    if (resources.some(({ resourceType: type }) => !describedTypes.includes(type))) {
      return { results: resources.map((resource) => refused(resource, unknownType)) };
    }
    return { results: answerAll(request, broker) };
  },
});

const describedTypes: readonly number[] = Object.values(resourceType);

/** Kafka says this of the whole request when it does not know one of its types. */
const unknownType: Refused = {
  error: 'INVALID_REQUEST',
  message:
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
};

function refused({ resourceType: type, resourceName }: Resource, { error, message }: Refused) {
  return { resourceType: type, resourceName, errorCode: errorCode[error], errorMessage: message, configs: [] };
}

/** Configs in one answer; those of ten thousand topics are fewer. A few bytes of request ask for hundreds of them. */
const configsMax = 400_000;

/** @throws {ProtocolError} When the answer would be too large to be made. */
function answerAll(request: Request, broker: BrokerServices) {
  const known = new Map<string, Described>();
  let count = 0;
  return request.resources.map((resource) => {
    const key = `${resource.resourceType} ${resource.resourceName}`;
    const described = known.get(key) ?? describe(resource, broker);
    known.set(key, described);
    const result = answer(resource, described, request);
    count += result.configs.length;
    if (count > configsMax)
      throw new ProtocolError('too-large', `The request asks for more than ${configsMax} configs`);
    return result;
  });
}

function answer(resource: Resource, described: Described, request: Request) {
  const { resourceType: type, resourceName, configurationKeys: keys } = resource;
  if ('error' in described) return refused(resource, described);
  const wanted = keys === null || keys.length === 0 ? undefined : new Set(keys);
  const configs = described
    .filter(({ name }) => wanted === undefined || wanted.has(name))
    .map((entry) => ({
      ...entry,
      synonyms: request.includeSynonyms ? entry.synonyms : [],
      documentation: request.includeDocumentation ? entry.documentation : null,
    }));
  return { resourceType: type, resourceName, errorCode: errorCode.NONE, errorMessage: '', configs };
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
      if (name === '') return invalid('Client metrics subscription name must not be empty');
      return describeClientMetrics(configsOf(broker.image(), { type, name }));
    case resourceType.group:
      if (name === '') return invalid('Group name must not be empty');
      return describeGroupConfig(
        configsOf(broker.image(), { type, name }),
        brokerConfigsOf(broker.image(), broker.settings),
      );
    default:
      return [];
  }
}

function describeTopic(name: string, { image, settings }: BrokerServices): Described {
  const fault = topicNameFault(name);
  if (fault !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', message: fault };
  const metadata = image();
  if (metadata.topicsByName.has(name)) {
    return describeTopicConfig(topicConfigsOf(metadata, name), brokerConfigsOf(metadata, settings));
  }
  return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: '' };
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
