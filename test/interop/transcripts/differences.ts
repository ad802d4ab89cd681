/** Where what a tool says of our broker is not what it says of Apache Kafka, and why that is so. */
export interface Difference {
  readonly line: string;
  readonly reason: string;
  /** What is compared of the lines that a tool says of one broker, given those of the other; without it, nothing is. */
  readonly view?: (said: readonly string[], other: readonly string[]) => readonly string[];
}

type View = Required<Difference>['view'];

const except =
  (pattern: RegExp): View =>
  (said) =>
    said.filter((line) => !pattern.test(line));

/** Settings of a broker that its start gives it, and that therefore are not the same ones here and there. */
const ownSettings =
  /^(advertised\.listeners|broker\.id|inter\.broker\.listener|listener|log\.dir=|node\.id|process\.roles|controller\.)/;

/** The lines `name=value` whose name both have. */
const settingsOfBoth: View = (said, other) => {
  const nameOf = (line: string) => line.split('=', 1)[0];
  const names = new Set(other.map(nameOf));
  return said.filter((line) => names.has(nameOf(line)) && !ownSettings.test(line));
};

/** The API keys that both have, with the version that the tool uses of each. */
const usedVersions: View = (said, other) => {
  const keyOf = (line: string) => line.replace(/: .*/, '');
  const missing = new Set([...said, ...other].filter((line) => line.includes('UNSUPPORTED')).map(keyOf));
  return said
    .filter((line) => !missing.has(keyOf(line)) && !line.startsWith('UNKNOWN'))
    .map((line) => line.replace(/: (\d+).*(\[usable: .*)/, ': $1 $2'));
};

const secrets = 'there are no users with secrets of their own yet: DescribeUserScramCredentials is not served';
const listed = (lines: readonly string[], reason: string, view?: View): Difference[] =>
  lines.map((line) => ({ line, reason, ...(view === undefined ? {} : { view }) }));

/** Every accepted difference; one that is none any more is a failure. */
export const acceptedDifferences: readonly Difference[] = [
  {
    line: 'kafka-console-producer --topic compacted --sync',
    reason: 'the words of the refusal are our own',
    view: except(/InvalidRecordException/),
  },
  {
    line: 'kafka-configs --describe --all --entity-type brokers --entity-name 1',
    reason: 'each broker has settings for what it alone has: TLS, share groups and tiers there, durability here',
    view: settingsOfBoth,
  },
  ...listed(
    [
      'kafka-configs --describe --entity-type users',
      'kafka-configs --describe --entity-type users --entity-name alice',
    ],
    secrets,
  ),
  {
    line: 'kafka-configs --describe --entity-type broker-loggers --entity-name 1',
    reason: 'our log lines have no named loggers',
  },
  {
    line: 'kafka-configs --describe --all --entity-type groups --entity-name shoppers',
    reason: 'there are no share and streams groups, nor settings of theirs',
    view: except(/^(share|streams)\./),
  },
  {
    line: 'kafka-broker-api-versions',
    reason: 'ours has versions of Kafka 4.4, and no APIs of what it does without',
    view: usedVersions,
  },
  {
    line: 'kafka-metadata-quorum describe --status',
    reason: 'our controller is within the broker and has no listener of its own',
    view: except(/^CurrentVoters:/),
  },
  ...listed(
    ['kafka-acls --list', 'kafka-acls --add --allow-principal User:alice --operation Read --topic orders'],
    'Kafka says that it has no authorizer, ours that it has no such API; neither keeps rules',
  ),
  {
    line: 'kafka-metadata-quorum remove-controller --controller-id 7 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAw',
    reason: 'both refuse: Kafka by the level of kraft.version, ours since its one controller cannot be removed',
  },
  {
    line: 'kafka-cluster unregister --id 7 --bootstrap-server {bootstrap}',
    reason: 'a cluster of one has no broker to unregister',
  },
];
