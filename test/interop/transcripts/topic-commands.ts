import { type Command, lines, newer } from './command.ts';

/** Topics made, described, changed and deleted, and what each is told when it goes wrong. */
export const topicCommands: readonly Command[] = [
  ...lines(`
    kafka-topics --create --topic orders --partitions 3 --config retention.ms=86400000
    kafka-topics --create --topic orders
    kafka-topics --create --topic orders --if-not-exists
    kafka-topics --create --topic payments --partitions 2 --replication-factor 1
    kafka-topics --create --topic placed --replica-assignment 1,1
    kafka-topics --create --topic elsewhere --replica-assignment 9
    kafka-topics --create --topic doubled --replica-assignment 1:1
    kafka-topics --create --topic uneven --replica-assignment 1:2,1
    kafka-topics --create --topic il/legal
    kafka-topics --create --topic ..
    kafka-topics --create --topic with.dot
    kafka-topics --create --topic with_dot
    kafka-topics --create --topic ${'long'.repeat(63)}
    kafka-topics --create --topic none --partitions 0
    kafka-topics --create --topic wide --replication-factor 3
    kafka-topics --create --topic bad --config no.such.config=1
    kafka-topics --create --topic bad --config retention.ms=soon
    kafka-topics --create --topic bad --config cleanup.policy=banana
    kafka-topics --create --topic bad --config segment.bytes=-1
    kafka-topics --create --topic bad --config min.insync.replicas=0
    kafka-topics --create --topic compacted --config cleanup.policy=compact --config compression.type=lz4
    kafka-topics --create --topic few --config min.insync.replicas=2
    kafka-topics --list
    kafka-topics --list --exclude-internal
    kafka-topics --list --topic orders
    kafka-topics --list --topic pa.*|orders
    kafka-topics --list --topic missing
    kafka-topics --describe
    kafka-topics --describe --topic orders
    kafka-topics --describe --topic missing
    kafka-topics --describe --topic missing --if-exists
    kafka-topics --describe --topic-id AAAAAAAAAAAAAAAAAAAAAw
    kafka-topics --describe --topics-with-overrides
    kafka-topics --describe --under-replicated-partitions
    kafka-topics --describe --unavailable-partitions
    kafka-topics --describe --under-min-isr-partitions
    kafka-topics --describe --at-min-isr-partitions --exclude-internal
    kafka-topics --describe --partition-size-limit-per-response 2 --topic orders
    kafka-topics --alter --topic orders --partitions 5
    kafka-topics --alter --topic orders --partitions 2
    kafka-topics --alter --topic orders --partitions 5
    kafka-topics --alter --topic missing --partitions 5
    kafka-topics --alter --topic missing --partitions 5 --if-exists
    kafka-topics --alter --topic payments --partitions 3 --replica-assignment 1,1,9
    kafka-topics --describe --topic orders
    kafka-topics --delete --topic missing
    kafka-topics --delete --topic missing --if-exists
    kafka-topics --delete --topic with.dot
    kafka-topics --delete --topic with.dot
    kafka-topics --delete --topic placed
    kafka-topics --describe --topic placed
    kafka-topics --list
  `),
];

/** What ends the first transcript, so that the next one finds no topic; the last one leaves its files to be dumped. */
export const lastCommands: readonly Command[] = newer(`
  kafka-topics --delete --topic orders|payments|compacted|few|spoken|codecs|paid|counted|moved
  kafka-topics --list --exclude-internal
`);
