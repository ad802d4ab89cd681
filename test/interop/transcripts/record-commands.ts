import { type Command, lines, newer } from './command.ts';

const perf = '--num-records 40 --record-size 100 --throughput 1000 --producer-props bootstrap.servers={bootstrap}';

/** For what a tool asks again and again until its time is over. */
const hasty = 'default.api.timeout.ms=2000\nrequest.timeout.ms=1500\n';

function plan(...partitions: readonly { topic: string; partition: number; offset: number }[]): unknown {
  return { version: 1, partitions };
}

/**
 * Records written and read, offsets asked for, and records deleted. A producer that fails at once has no producer id: it
 * would ask for one in time or not, and the ids of those behind it are seen.
 */
export const recordCommands: readonly Command[] = [
  { line: 'kafka-console-producer --topic spoken', input: 'one\ntwo\nthree\n' },
  {
    line: 'kafka-console-producer --topic spoken --property parse.key=true --property parse.headers=true --sync',
    input: 'h1:v1,h2:v2\tkey\tfour\nh3:v3\tkey\tfive\n',
  },
  {
    line: 'kafka-console-producer --topic spoken --property parse.key=true --producer-property enable.idempotence=false',
    input: 'no key here\n',
  },
  {
    line: 'kafka-console-producer --topic il/legal --sync --producer-property enable.idempotence=false',
    input: 'refused\n',
  },
  { line: 'kafka-console-producer --topic compacted --sync', input: 'without a key\n' },
  {
    line: 'kafka-console-producer --topic compacted --property parse.key=true --property null.marker=NULL',
    input: 'a\t1\nb\t2\na\tNULL\nb\t3\n',
  },
  ...['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((codec) => ({
    line: `kafka-console-producer --topic codecs --compression-codec ${codec}`,
    input: `first of ${codec}\nsecond of ${codec}\n`,
  })),
  ...lines(`
    kafka-console-consumer --topic spoken --from-beginning --max-messages 5 --group reader-1
    kafka-console-consumer --topic spoken --partition 0 --offset 3 --max-messages 2 --property print.key=true --property print.headers=true --property print.offset=true --property print.partition=true --property print.timestamp=true
    kafka-console-consumer --topic spoken --partition 0 --offset latest --timeout-ms 500
    kafka-console-consumer --topic compacted --from-beginning --max-messages 4 --property print.key=true --group reader-2
    kafka-console-consumer --topic codecs --from-beginning --max-messages 10 --isolation-level read_committed --group reader-3
    kafka-console-consumer --topic spoken --partition 7 --offset earliest --timeout-ms 1500
    kafka-console-consumer --include spoken|codecs --from-beginning --max-messages 15 --group listeners
    kafka-topics --create --topic counted
    kafka-producer-perf-test --topic counted ${perf}
    kafka-producer-perf-test --topic counted ${perf} compression.type=lz4 acks=0
    kafka-topics --create --topic paid
    kafka-producer-perf-test --topic paid --transactional-id teller --transaction-duration-ms 60000 ${perf}
    kafka-console-consumer --topic paid --from-beginning --max-messages 40 --isolation-level read_committed --timeout-ms 60000 --group reader-4
    kafka-consumer-perf-test --topic counted --messages 80 --group measured
    kafka-verifiable-producer --topic counted --max-messages 10 --repeating-keys 3 --value-prefix 7
    kafka-verifiable-consumer --topic counted --group-id verified --max-messages 90 --reset-policy earliest
    kafka-get-offsets --topic spoken
    kafka-get-offsets --topic spoken --time earliest
    kafka-get-offsets --topic spoken --time -1
    kafka-get-offsets --topic spoken --time -2
    kafka-get-offsets --topic spoken --time -3
    kafka-get-offsets --topic spoken --time -4
    kafka-get-offsets --topic spoken --time -5
    kafka-get-offsets --topic spoken --time max-timestamp
    kafka-get-offsets --topic spoken --time 1000
    kafka-get-offsets --topic spoken --time 4102444800000
    kafka-get-offsets --topic-partitions spoken:0,pay.*:1-2 --exclude-internal-topics
    kafka-get-offsets --topic orders --partitions 0,3
    kafka-get-offsets --topic missing
    kafka-get-offsets --topic-partitions orders:9
    kafka-get-offsets --topic spoken --time whenever
  `),
  ...newer('kafka-get-offsets --topic spoken --time -6'),
  {
    line: 'kafka-delete-records --offset-json-file {dir}/delete.json',
    files: { 'delete.json': plan({ topic: 'spoken', partition: 0, offset: 2 }) },
  },
  ...lines(`
    kafka-get-offsets --topic spoken --time earliest
    kafka-delete-records --offset-json-file {dir}/delete.json
  `),
  {
    line: 'kafka-delete-records --offset-json-file {dir}/behind.json',
    files: { 'behind.json': plan({ topic: 'spoken', partition: 0, offset: 50 }) },
  },
  {
    line: 'kafka-delete-records --offset-json-file {dir}/nowhere.json --command-config {dir}/hasty.properties',
    files: { 'nowhere.json': plan({ topic: 'spoken', partition: 4, offset: 1 }), 'hasty.properties': hasty },
  },
  {
    line: 'kafka-delete-records --offset-json-file {dir}/compacted.json',
    files: { 'compacted.json': plan({ topic: 'compacted', partition: 0, offset: 1 }) },
  },
  {
    line: 'kafka-delete-records --offset-json-file {dir}/all.json',
    files: { 'all.json': plan({ topic: 'codecs', partition: 0, offset: -1 }) },
  },
  {
    line: 'kafka-delete-records --offset-json-file {dir}/twice.json',
    files: {
      'twice.json': plan({ topic: 'spoken', partition: 0, offset: 1 }, { topic: 'spoken', partition: 0, offset: 2 }),
    },
  },
  ...lines(`
    kafka-console-consumer --topic spoken --from-beginning --max-messages 3 --group reader-5
    kafka-get-offsets --topic codecs --time earliest
  `),
];
