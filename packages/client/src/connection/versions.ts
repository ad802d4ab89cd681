import { type Api, apis, type ResponseOf, type VersionRange } from '@nagare/protocol';
import { ClientError } from '../errors.ts';

/**
 * The newest version that we use where it is not the newest that is described. From these on a request names topics by
 * id alone, which would ask for an id before every first request and for a way back from ids to names.
 */
const versionMax: ReadonlyMap<number, number> = new Map([
  [apis.produce.key, 12],
  [apis.offsetCommit.key, 9],
  [apis.offsetFetch.key, 9],
  [apis.txnOffsetCommit.key, 5],
  // From version 4 on it is for brokers among themselves.
  [apis.addPartitionsToTxn.key, 3],
]);

/** What a broker speaks, by API key. */
export type BrokerVersions = ReadonlyMap<number, VersionRange>;

export function brokerVersionsOf(answer: ResponseOf<typeof apis.apiVersions>): BrokerVersions {
  return new Map(answer.apiKeys.map((row) => [row.apiKey, { min: row.minVersion, max: row.maxVersion }]));
}

/** What the cluster as a whole has agreed on, as one broker knows it. */
export interface FinalizedFeatures {
  /** Rises with each change; -1 when the broker knows of none. */
  readonly epoch: number;
  /** The level of `transaction.version`: from 2 on the second protocol of transactions (KIP-890). */
  readonly transactionVersion: number;
}

export const noFeatures: FinalizedFeatures = Object.freeze({ epoch: -1, transactionVersion: 0 });

export function featuresOf(answer: ResponseOf<typeof apis.apiVersions>): FinalizedFeatures {
  const row = answer.finalizedFeatures.find(({ name }) => name === 'transaction.version');
  return { epoch: answer.finalizedFeaturesEpoch, transactionVersion: row?.maxVersionLevel ?? 0 };
}

/**
 * The newest version of an API that both sides speak.
 *
 * @param limit - No newer one than this.
 * @throws {ClientError} NAGARE_CLIENT_UNSUPPORTED when there is none.
 */
export function commonVersion(
  api: Pick<Api, 'key' | 'name' | 'versions'>,
  broker: BrokerVersions,
  limit = Number.POSITIVE_INFINITY,
): number {
  const theirs = broker.get(api.key);
  if (theirs === undefined) throw new ClientError('NAGARE_CLIENT_UNSUPPORTED', `the broker has no ${api.name}`);
  const max = Math.min(api.versions.max, theirs.max, versionMax.get(api.key) ?? theirs.max, limit);
  if (max >= api.versions.min && max >= theirs.min) return max;
  const where = `${api.name}: the broker speaks versions ${theirs.min} to ${theirs.max}`;
  throw new ClientError('NAGARE_CLIENT_UNSUPPORTED', where);
}
