import { StreamsError } from '../errors.ts';

const legalName = /^[a-zA-Z0-9._-]{1,249}$/;

/** Gives nodes and stores the names that Kafka Streams gives them: a prefix and a counter of the whole topology. */
export class NameGenerator {
  #count = 0;

  /** The name of a node, such as `KSTREAM-MAP-0000000001`, or the given one; the counter moves in either case. */
  node(prefix: string, given?: string): string {
    const generated = `${prefix}-${this.#next()}`;
    return given === undefined ? generated : checkName(given, 'The node');
  }

  /** The name of a store, such as `KSTREAM-AGGREGATE-STATE-STORE-0000000002`. */
  store(prefix: string): string {
    return `${prefix}-STATE-STORE-${this.#next()}`;
  }

  #next(): string {
    const number = String(this.#count).padStart(10, '0');
    this.#count += 1;
    return number;
  }
}

/** Whether a name was generated, so that it changes when the topology does. */
export function isGeneratedName(name: string): boolean {
  return /^KSTREAM.*-[0-9]{10}$/.test(name);
}

/** Checks a name that the application gave. Nodes, stores and topics share the rule, since names of topics are made of them. */
export function checkName(name: string, what: string): string {
  if (legalName.test(name) && name !== '.' && name !== '..') return name;
  const rule = '1 to 249 letters, digits, dots, underscores and hyphens';
  throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', `${what} ${JSON.stringify(name)} must be ${rule}`);
}

const repartitionSuffix = '-repartition';

/** The name of a repartition topic, without the application. */
export function repartitionTopic(prefix: string): string {
  return prefix.endsWith(repartitionSuffix) ? prefix : prefix + repartitionSuffix;
}

/** The name of a store's changelog topic. */
export function changelogTopic(applicationId: string, store: string): string {
  return `${applicationId}-${store}-changelog`;
}

/** The full name of an internal topic. */
export function internalTopic(applicationId: string, name: string): string {
  return `${applicationId}-${name}`;
}

/** Gives the real names of the topics that a topology names: its own are prefixed with the application. */
export function topicNames(applicationId: string, internal: readonly { readonly name: string }[]) {
  const own = new Set(internal.map(({ name }) => name));
  return (name: string): string => (own.has(name) ? internalTopic(applicationId, name) : name);
}
