/** Operations of a broker's disk by what they mean: places at which it is made to end. */
export const failpoints: Readonly<Record<string, RegExp>> = {
  any: /./,
  'append-write': /^write .*\/[^/_][^/]*\/\d+\.log$/,
  'append-sync': /^sync .*\/[^/_][^/]*\/\d+\.log$/,
  'segment-create': /^open .*\d+\.log$/,
  'index-write': /^write .*\d+\.(time)?index$/,
  'index-sync': /^sync .*\d+\.(time)?index$/,
  'transaction-index': /\.txnindex$/,
  'snapshot-write': /^write .*\.snapshot/,
  'snapshot-rename': /^rename .*\.snapshot/,
  'snapshot-remove': /^remove .*\.snapshot/,
  'epoch-write': /^write .*leader-epoch-checkpoint/,
  'epoch-rename': /^rename .*leader-epoch-checkpoint/,
  'checkpoint-write': /^write .*-offset-checkpoint/,
  'checkpoint-rename': /^rename .*-offset-checkpoint/,
  'metadata-write': /^write .*\/__cluster_metadata-0\/\d+\.log$/,
  'metadata-sync': /^sync .*\/__cluster_metadata-0\/\d+\.log$/,
  'offsets-write': /^write .*\/__consumer_offsets-\d+\/\d+\.log$/,
  'offsets-sync': /^sync .*\/__consumer_offsets-\d+\/\d+\.log$/,
  'transactions-write': /^write .*\/__transaction_state-\d+\/\d+\.log$/,
  'transactions-sync': /^sync .*\/__transaction_state-\d+\/\d+\.log$/,
  'quorum-state': /quorum-state/,
  'clean-shutdown': /cleanshutdown/,
  'folder-make': /^make /,
  'folder-sync': /^sync .*\/$/,
  'folder-rename': /^rename .*-delete$/,
  'folder-remove': /^remove .*\/$/,
  'segment-rename': /^rename .*\.(deleted|cleaned|swap)$/,
  'segment-remove': /^remove .*\.deleted$/,
  'cleaner-write': /^write .*\.cleaned$/,
  'cleaner-sync': /^sync .*\.cleaned$/,
  'cleaner-swap': /^rename .*\.(cleaned|swap) /,
  truncate: /^truncate /,
  'partition-metadata': /partition\.metadata/,
};

/** Parts of a broker that not every scenario uses. */
export type BrokerPart = 'offsets' | 'transactions' | 'cleaner' | 'deletion';

const segmentsGo = ['segment-rename', 'segment-remove', 'snapshot-remove'];
const namesOfParts: Readonly<Record<BrokerPart, readonly string[]>> = {
  offsets: ['offsets-write', 'offsets-sync'],
  transactions: ['transactions-write', 'transactions-sync'],
  cleaner: ['cleaner-write', 'cleaner-sync', 'cleaner-swap', ...segmentsGo],
  deletion: ['folder-rename', 'folder-remove', ...segmentsGo],
};
const namesOfAnyPart = new Set(Object.values(namesOfParts).flat());
const namesEverywhere = Object.keys(failpoints).filter((name) => !namesOfAnyPart.has(name));

/** The failpoints that a broker comes to of which these parts are used. */
export function failpointNames(parts: readonly BrokerPart[]): readonly string[] {
  return [...namesEverywhere, ...new Set(parts.flatMap((part) => namesOfParts[part]))];
}
