import { type Api, apis, type ResponseOf, type VersionRange } from '@nagare/protocol';
import { ClientError } from '../errors.ts';

/**
 * The newest version that we use where it is not the newest that is described. From these on a request names topics by
 * id alone, which would ask for an id before every first request and for a way back from ids to names.
 */
const versionMax: ReadonlyMap<number, number> = new Map([
  [apis.produce.key, 12],
  [apis.fetch.key, 12],
  [apis.offsetCommit.key, 9],
  [apis.offsetFetch.key, 9],
]);

/** What a broker speaks, by API key. */
export type BrokerVersions = ReadonlyMap<number, VersionRange>;

export function brokerVersionsOf(answer: ResponseOf<typeof apis.apiVersions>): BrokerVersions {
  return new Map(answer.apiKeys.map((row) => [row.apiKey, { min: row.minVersion, max: row.maxVersion }]));
}

/**
 * The newest version of an API that both sides speak.
 *
 * @throws {ClientError} NAGARE_CLIENT_UNSUPPORTED when there is none.
 */
export function commonVersion(api: Pick<Api, 'key' | 'name' | 'versions'>, broker: BrokerVersions): number {
  const theirs = broker.get(api.key);
  if (theirs === undefined) throw new ClientError('NAGARE_CLIENT_UNSUPPORTED', `the broker has no ${api.name}`);
  const max = Math.min(api.versions.max, theirs.max, versionMax.get(api.key) ?? theirs.max);
  if (max >= api.versions.min && max >= theirs.min) return max;
  const where = `${api.name}: the broker speaks versions ${theirs.min} to ${theirs.max}`;
  throw new ClientError('NAGARE_CLIENT_UNSUPPORTED', where);
}
