import { type Api, apis, type RequestDraftOf } from '@nagare/protocol';

/** What one broker has told so far that a later request needs. */
export interface Known {
  /** Ids of topics by name. */
  readonly topicIds: Map<string, string>;
  /** Names of topics by id, of those that are gone too. */
  readonly topicNames: Map<string, string>;
  /** The fetch session that the last answer has named. */
  sessionId: number;
}

/** One request that both brokers are asked. */
export interface Row {
  readonly name: string;
  readonly api: Api;
  readonly version: number;
  readonly body: (known: Known) => object;
}

export const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';
/** An id that no topic has. */
export const otherId = 'xxxxxxxxxxxxxxxxxxxxxA';
export const timeoutMs = 5_000;

export function row<A extends Api>(
  name: string,
  api: A,
  version: number,
  body: RequestDraftOf<A> | ((known: Known) => RequestDraftOf<A>),
): Row {
  return { name: `${api.name}: ${name}`, api, version, body: typeof body === 'function' ? body : () => body };
}

type NewTopic = Partial<RequestDraftOf<typeof apis.createTopics>['topics'][number]>;

/** One or more new topics of one partition, unless they say otherwise. */
export function create(name: string, topics: readonly (NewTopic & { name: string })[], validateOnly = false): Row {
  const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  return row(name, apis.createTopics, 7, {
    ...{ timeoutMs, validateOnly },
    topics: topics.map((topic) => ({ ...plain, ...topic })),
  });
}

type ConfigChange = readonly [name: string, operation: number, value: string | null];

/** A change of the configs of one resource. */
export function alter(name: string, resource: readonly [number, string], ...changes: ConfigChange[]): Row {
  return row(name, apis.incrementalAlterConfigs, 1, {
    resources: [resourceOf(resource, changes)],
    validateOnly: false,
  });
}

export function resourceOf([resourceType, resourceName]: readonly [number, string], changes: readonly ConfigChange[]) {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  return { resourceType, resourceName, configs };
}

/** What the configs of a resource are, with all that stands behind them. */
export function describeConfigs(name: string, resource: readonly [number, string], keys: string[] | null = null): Row {
  const [resourceType, resourceName] = resource;
  const resources = [{ resourceType, resourceName, configurationKeys: keys }];
  return row(name, apis.describeConfigs, 4, { resources, includeSynonyms: true });
}
