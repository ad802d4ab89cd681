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
]);
