import { type Command, lines, newer } from './command.ts';

function moves(...partitions: readonly { topic: string; partition: number; replicas: readonly number[] }[]): unknown {
  return { version: 1, partitions };
}

const reassign = 'kafka-reassign-partitions';

/** The broker, its features, its directories, and who leads. */
export const clusterCommands: readonly Command[] = [
  ...lines(`
    kafka-features describe
    kafka-features upgrade --metadata 3.9 --dry-run
    kafka-features upgrade --metadata 99.9 --dry-run
    kafka-features upgrade --feature transaction.version=9 --dry-run
    kafka-features upgrade --feature no.such.feature=1 --dry-run
    kafka-features upgrade --feature transaction.version=2 --dry-run
    kafka-features downgrade --feature transaction.version=1 --dry-run
    kafka-features downgrade --feature group.version=5 --dry-run
    kafka-features downgrade --metadata 3.9 --dry-run
    kafka-features disable --feature transaction.version --dry-run
    kafka-features upgrade --feature transaction.version
    kafka-broker-api-versions
    kafka-log-dirs --describe --topic-list payments,placed
    kafka-log-dirs --describe --topic-list missing
    kafka-log-dirs --describe --topic-list payments --broker-list 1
    kafka-log-dirs --describe --topic-list payments --broker-list 1,7
    kafka-metadata-quorum describe --status
    kafka-metadata-quorum describe --replication
    kafka-metadata-quorum describe --replication --human-readable
    kafka-cluster cluster-id --bootstrap-server {bootstrap}
    kafka-cluster unregister --id 7 --bootstrap-server {bootstrap}
    kafka-leader-election --election-type preferred --topic payments --partition 0
    kafka-leader-election --election-type preferred --topic payments --partition 9
    kafka-leader-election --election-type preferred --topic missing --partition 0
    kafka-leader-election --election-type unclean --topic payments --partition 0
    kafka-leader-election --election-type unclean --all-topic-partitions
    kafka-leader-election --election-type preferred --all-topic-partitions
  `),
  ...newer(`
    kafka-cluster list-endpoints --bootstrap-server {bootstrap}
    kafka-features version-mapping --release-version 4.3-IV0
    kafka-features feature-dependencies --feature transaction.version=2
    kafka-metadata-quorum remove-controller --controller-id 7 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAw
    kafka-metadata-quorum remove-controller --controller-id 7 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAw --dry-run
  `),
  {
    line: `${reassign} --verify --reassignment-json-file {dir}/stay.json`,
    files: {
      'stay.json': moves({ topic: 'payments', partition: 0, replicas: [1] }),
      'away.json': moves({ topic: 'payments', partition: 0, replicas: [2] }),
      'missing.json': moves({ topic: 'missing', partition: 0, replicas: [1] }),
      'topics.json': { version: 1, topics: [{ topic: 'payments' }] },
    },
  },
  ...lines(`
    ${reassign} --verify --reassignment-json-file {dir}/away.json --preserve-throttles
    ${reassign} --verify --reassignment-json-file {dir}/missing.json
    ${reassign} --generate --topics-to-move-json-file {dir}/topics.json --broker-list 1
    ${reassign} --generate --topics-to-move-json-file {dir}/topics.json --broker-list 8
    ${reassign} --execute --reassignment-json-file {dir}/stay.json
    ${reassign} --execute --reassignment-json-file {dir}/away.json
    ${reassign} --execute --reassignment-json-file {dir}/missing.json
    ${reassign} --execute --reassignment-json-file {dir}/stay.json --throttle 1000
    ${reassign} --verify --reassignment-json-file {dir}/stay.json
    ${reassign} --cancel --reassignment-json-file {dir}/stay.json
    ${reassign} --list
    kafka-acls --list
    kafka-acls --add --allow-principal User:alice --operation Read --topic orders
    kafka-delegation-tokens --describe --command-config {dir}/none.properties
  `),
  ...newer(`
    kafka-share-groups --list
    kafka-streams-groups --list
  `),
];
