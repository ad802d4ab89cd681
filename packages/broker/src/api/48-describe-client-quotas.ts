import { apis, type ErrorName, errorCode, type RequestOf } from '@nagare/protocol';
import { defineHandler } from './define-handler.ts';

type Component = RequestOf<typeof apis.describeClientQuotas>['components'][number];

const entityTypes = ['user', 'client-id', 'ip'];
/** Kafka's numbers of how a component tells entities: by their name, as the default, or whatever they are called. */
const matchTypes = { exact: 0, default: 1, specified: 2 } as const;

/** Describes the quotas of clients, of which there are none: nobody can set any. */
export const handleDescribeClientQuotas = defineHandler(apis.describeClientQuotas, {
  handle({ components }) {
    const fault = faultOf(components);
    if (fault === undefined) return { errorCode: errorCode.NONE, errorMessage: null, entries: [] };
    return { errorCode: errorCode[fault.error], errorMessage: fault.message, entries: null };
  },
});

interface Fault {
  readonly error: ErrorName;
  readonly message: string;
}

function faultOf(components: readonly Component[]): Fault | undefined {
  const seen = new Set<string>();
  for (const component of components) {
    const fault = faultOfOne(component, seen);
    if (fault !== undefined) return fault;
    seen.add(component.entityType);
  }
  return seen.has('ip') && seen.size > 1 ? invalid('An ip has no quotas by user or client id') : undefined;
}

function faultOfOne({ entityType, matchType, match }: Component, seen: ReadonlySet<string>): Fault | undefined {
  if (entityType === '') return invalid('An entity type is empty');
  if (seen.has(entityType)) return invalid(`The entity type ${entityType} is there twice`);
  if (!entityTypes.includes(entityType)) {
    return { error: 'UNSUPPORTED_VERSION', message: `There is no entity type ${entityType}` };
  }
  switch (matchType) {
    case matchTypes.exact:
      return match === null ? invalid('An exact match needs a name') : undefined;
    case matchTypes.default:
    case matchTypes.specified:
      return match === null ? undefined : invalid('Only an exact match has a name');
    default:
      return invalid(`There is no match type ${matchType}`);
  }
}

function invalid(message: string): Fault {
  return { error: 'INVALID_REQUEST', message };
}
