import { type Command, lines, newer } from './command.ts';

const topic = '--entity-type topics --entity-name orders';
const broker = '--entity-type brokers --entity-name 1';
const brokers = '--entity-type brokers --entity-default';
const group = '--entity-type groups --entity-name shoppers';
const metrics = '--entity-type client-metrics --entity-name watched';

/** Settings of topics, brokers, groups and subscriptions to metrics. */
export const configCommands: readonly Command[] = [
  ...lines(`
    kafka-configs --describe ${topic}
    kafka-configs --describe --all ${topic}
    kafka-configs --describe --entity-type topics
    kafka-configs --describe --entity-type topics --entity-name missing
    kafka-configs --alter ${topic} --add-config cleanup.policy=[compact,delete],segment.bytes=2097152
    kafka-configs --describe ${topic}
    kafka-configs --alter ${topic} --add-config retention.ms=-7
    kafka-configs --alter ${topic} --add-config retention.ms=soon
    kafka-configs --alter ${topic} --add-config no.such.config=1
    kafka-configs --alter ${topic} --add-config compression.type=brotli
    kafka-configs --alter ${topic} --add-config message.timestamp.type=NeverTime
    kafka-configs --alter ${topic} --delete-config no.such.config
    kafka-configs --alter ${topic} --delete-config flush.ms
    kafka-configs --alter ${topic} --delete-config segment.bytes,cleanup.policy
    kafka-configs --alter ${topic} --add-config flush.ms=1000 --delete-config retention.ms
    kafka-configs --describe ${topic}
    kafka-configs --alter --entity-type topics --entity-name missing --add-config retention.ms=1
    kafka-configs --alter --entity-type topics --entity-name il/legal --add-config retention.ms=1
    kafka-configs --alter ${brokers} --add-config log.retention.ms=86400000
    kafka-configs --describe ${brokers}
    kafka-configs --describe --all ${topic}
    kafka-configs --alter ${broker} --add-config log.cleaner.threads=2,log.retention.ms=3600000
    kafka-configs --describe ${broker}
    kafka-configs --describe --all ${broker}
    kafka-configs --alter ${broker} --add-config log.cleaner.threads=-1
    kafka-configs --alter ${broker} --add-config log.dirs=/elsewhere
    kafka-configs --alter ${broker} --add-config node.id=2
    kafka-configs --alter ${broker} --add-config no.such.config=1
    kafka-configs --alter ${broker} --delete-config log.cleaner.threads,log.retention.ms
    kafka-configs --alter ${broker} --delete-config log.cleaner.threads
    kafka-configs --alter ${brokers} --delete-config log.retention.ms
    kafka-configs --describe --entity-type brokers
    kafka-configs --describe --entity-type brokers --entity-name 7 --command-config {dir}/hasty.properties
    kafka-configs --alter --entity-type brokers --entity-name first --add-config log.cleaner.threads=2
    kafka-configs --alter ${group} --add-config consumer.session.timeout.ms=50000
    kafka-configs --alter ${group} --add-config consumer.session.timeout.ms=1
    kafka-configs --alter ${group} --add-config consumer.heartbeat.interval.ms=often
    kafka-configs --alter ${group} --add-config no.such.config=1
    kafka-configs --describe ${group}
    kafka-configs --describe --entity-type groups
    kafka-configs --alter ${group} --delete-config consumer.session.timeout.ms
    kafka-configs --describe ${group}
    kafka-configs --alter ${metrics} --add-config interval.ms=1000,metrics=[org.apache.kafka.,other.]
    kafka-configs --alter ${metrics} --add-config interval.ms=1
    kafka-configs --alter ${metrics} --add-config match=[nobody=1]
    kafka-configs --describe ${metrics}
    kafka-client-metrics --list
    kafka-client-metrics --describe
    kafka-client-metrics --describe --name watched
    kafka-client-metrics --alter --name watched --interval 2000
    kafka-client-metrics --delete --name watched
    kafka-client-metrics --delete --name watched
    kafka-client-metrics --list
    kafka-configs --describe --entity-type users
    kafka-configs --describe --entity-type users --entity-name alice
    kafka-configs --describe --entity-type clients --entity-default
    kafka-configs --describe --entity-type ips
    kafka-configs --describe --entity-type broker-loggers --entity-name 1
    kafka-configs --alter ${topic} --add-config flush.ms
    kafka-configs --alter --entity-type nothing --entity-name orders --add-config flush.ms=1
  `),
  ...newer(`
    kafka-configs --describe --all ${group}
    kafka-configs --alter ${topic} --add-config flush.ms=1000 --dry-run
  `),
];
