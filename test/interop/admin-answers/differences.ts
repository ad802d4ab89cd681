/** What is wrong inside a batch is found by who reads it: brokers of ours look at header and checksum. */
const unwalked = [
  'header {"count":2,"lastOffsetDelta":1}',
  ...[1, 2, 3, 4].map((attributes) => `header {"attributes":${attributes}}`),
  'no records',
  'a record of length 0',
  'a record of length -1',
  'a record that is too short',
  'a record that is too long',
  'a record with a tail',
  'a record behind the last',
  'a value beyond the record',
  '-1 headers',
  '99 headers of which there are none',
  'a header without a key',
  'a varint without an end',
  ...['gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) => [`${codec} of nothing`, `${codec} of nonsense`]),
  'gzip of nonsense on a topic of gzip',
  'gzip cut short',
];

/** What Kafka answers with UNKNOWN_SERVER_ERROR, since it fails inside, and we with an error that says why. */
const failing = [
  ...['snappy', 'lz4', 'zstd'].map((codec) => `${codec} of nonsense on a topic of gzip`),
  'a varint without an end, compacted',
  ...[5, 6, 7].map((attributes) => `header {"attributes":${attributes}}`),
  'header {"length":2147483647}',
];

/** Where our answer is another than Apache Kafka's, and why that is so. */
export const acceptedDifferences: ReadonlyMap<string, string> = new Map([
  ['Fetch: -1 bytes', 'Kafka fails inside at a size below 0; we take it for 0'],
  ['DescribeTopicPartitions: an empty name', 'Kafka fails inside, and with it every other topic; we tell of each'],
  ['Metadata: neither name nor id', 'Kafka fails inside; we tell of nothing'],
  [
    'CreateTopics: two new names that collide',
    'Kafka looks at names of older topics alone; their metrics would collide',
  ],
  ['CreateTopics: internal.segment.bytes', "Kafka's own tests use it; we do not have it"],
  ['IncrementalAlterConfigs: listeners of all brokers', 'our listeners need a restart, also those of one broker'],
  ['IncrementalAlterConfigs: a config of share groups', 'there are no share groups'],
  ['IncrementalAlterConfigs: a config of streams groups', 'there are no streams groups'],
  ['DescribeConfigs: all that a group has', 'there are no share and streams groups, nor configs of theirs'],
  ['DescribeConfigs: loggers of "1"', 'our log lines have no named loggers'],
  ['IncrementalAlterConfigs: the end of a logger', 'our log lines have no named loggers, a root among them'],
  ['Fetch: -1 bytes of a partition', 'Kafka fails inside at a size below 0; we take it for 0'],
  ...unwalked.map((name) => [`Produce: ${name}`, 'we do not walk the records of a batch on ordinary topics'] as const),
  ...failing.map((name) => [`Produce: ${name}`, 'Kafka fails inside'] as const),
  ['Produce: no partition', 'Kafka leaves a topic without partitions out of its answer'],
  ['Produce: no partition of an unknown topic', 'Kafka leaves a topic without partitions out of its answer'],
  ['DeleteRecords: a partition twice', 'Kafka takes the last of the two, we do both'],
  ['ListOffsets: the newest time when all is gone, v7', 'Kafka tells of a record that is gone'],
  ['Fetch: what times-0 has', 'Kafka sets the newest time of the records that it walks'],
  ...[2, -1].map((level) => [`ListOffsets: isolation ${level}, v7`, 'Kafka fails inside at what is no level'] as const),
  ...['a partition twice, v1', 'a partition twice, v7', 'a topic twice, v7'].map(
    (name) =>
      [`ListOffsets: ${name}`, 'Kafka tells once that a partition is asked for twice, we tell each time'] as const,
  ),
  ['ListOffsets: no partition, v7', 'Kafka leaves a topic without partitions out of its answer'],
  ...['170 bytes of a partition', '170 bytes'].map(
    (name) => [`Fetch: ${name}`, 'Kafka cuts the last batch where the bytes end; we send whole ones'] as const,
  ),
  ['frame: a count of -2', 'Kafka takes every count below 0 for null'],
  ['frame: a tag twice', 'KIP-482 has tags in rising order; Kafka does not look'],
  ['frame: tags out of order', 'KIP-482 has tags in rising order; Kafka does not look'],
]);
