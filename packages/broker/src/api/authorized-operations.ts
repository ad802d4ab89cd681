/** Kafka's numbers of operations, as bits of an answer's "authorized operations". */
const bit = {
  read: 1 << 3,
  write: 1 << 4,
  create: 1 << 5,
  delete: 1 << 6,
  alter: 1 << 7,
  describe: 1 << 8,
  clusterAction: 1 << 9,
  describeConfigs: 1 << 10,
  alterConfigs: 1 << 11,
  idempotentWrite: 1 << 12,
} as const;

/** What an answer says when the client did not ask. */
const notAsked = -(2 ** 31);

const topicOperations =
  bit.read | bit.write | bit.create | bit.delete | bit.alter | bit.describe | bit.describeConfigs | bit.alterConfigs;
const clusterOperations =
  bit.create |
  bit.clusterAction |
  bit.describeConfigs |
  bit.alterConfigs |
  bit.idempotentWrite |
  bit.alter |
  bit.describe;

const groupOperations = bit.read | bit.delete | bit.describe | bit.describeConfigs | bit.alterConfigs;

/** What the client may do with a topic: without access control, everything that there is. */
export function authorizedTopicOperations(isAsked: boolean): number {
  return isAsked ? topicOperations : notAsked;
}

/** What the client may do with the cluster. */
export function authorizedClusterOperations(isAsked: boolean): number {
  return isAsked ? clusterOperations : notAsked;
}

/** What the client may do with a group. */
export function authorizedGroupOperations(isAsked: boolean): number {
  return isAsked ? groupOperations : notAsked;
}
