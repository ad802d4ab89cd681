const nameLengthMax = 249;

const internalTopics: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
]);

/** The log of the metadata itself, which is no topic for clients. */
export const clusterMetadataTopic = '__cluster_metadata';

/** Whether the broker keeps its own state in the topic. */
export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name);
}

/** Why a topic cannot have this name, in Kafka's words; undefined when it can. */
export function topicNameFault(name: string): string | undefined {
  const fault = nameFault(name);
  return fault === undefined ? undefined : `Topic name is invalid: ${fault}`;
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed';
  if (name === '.' || name === '..') return `'${name}' is not allowed`;
  if (name.length > nameLengthMax)
    return `the length of '${name}' is longer than the max allowed length ${nameLengthMax}`;
  if (/^[a-zA-Z0-9._-]+$/.test(name)) return undefined;
  return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

/**
 * The name under which topics collide: metrics cannot tell `a.b` from `a_b`. Undefined for names that collide with none.
 */
export function collisionName(name: string): string | undefined {
  return /[._]/.test(name) ? name.replaceAll('.', '_') : undefined;
}
