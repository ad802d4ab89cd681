import { apis } from '@nagare/protocol';
import { checkAnswer } from '../errors.ts';
import type { ConfigDescription, ConfigResource } from './admin.ts';
import type { AdminContext } from './admin-context.ts';
import { byBroker, configSourceOf, resourceTypeNumber } from './config-resource.ts';

export interface DescribeConfigsRequest {
  readonly resources: readonly (ConfigResource & { readonly names?: readonly string[] })[];
  readonly includeDocumentation?: boolean;
}

/** Describes the configs of resources, in the order in which these are given. */
export async function describeConfigs(
  context: AdminContext,
  request: DescribeConfigsRequest,
): Promise<ConfigDescription[]> {
  const described = new Map<string, ConfigDescription>();
  for (const [broker, resources] of byBroker(request.resources)) {
    const rows = await context.retrying(() => describe(context, broker, { ...request, resources }));
    for (const row of rows) described.set(`${row.type} ${row.name}`, row);
  }
  return request.resources.flatMap(({ type, name }) => described.get(`${type} ${name}`) ?? []);
}

async function describe(
  context: AdminContext,
  broker: number | undefined,
  { resources, includeDocumentation = false }: DescribeConfigsRequest,
): Promise<ConfigDescription[]> {
  const draft = {
    resources: resources.map(({ type, name, names }) => ({
      resourceType: resourceTypeNumber(type),
      resourceName: name,
      configurationKeys: names ?? null,
    })),
    includeSynonyms: false,
    includeDocumentation,
  };
  const answer = await context.requestBroker(broker, apis.describeConfigs, draft);
  return answer.results.map((row) => {
    checkAnswer(row.errorCode, `DescribeConfigs of ${row.resourceName}`, row.errorMessage);
    const resource = resources.find(
      ({ type, name }) => resourceTypeNumber(type) === row.resourceType && name === row.resourceName,
    );
    return { type: resource?.type ?? 'topic', name: row.resourceName, entries: row.configs.map(entryOf) };
  });
}

function entryOf(row: {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly documentation: string | null;
}) {
  const { name, value, readOnly, isSensitive } = row;
  const source = configSourceOf(row.configSource);
  const documentation = row.documentation === '' ? null : row.documentation;
  return { name, value, source, isDefault: source === 'default', readOnly, isSensitive, documentation };
}
