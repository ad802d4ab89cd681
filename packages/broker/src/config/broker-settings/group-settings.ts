import { int, intMax, list, long, short } from '../setting.ts';

/** Accepted so that existing configurations start, without a part of this broker that it could change. */
const hasEffect = false;

/** Consumer groups and their offsets. */
export const groupSettings = {
  'group.initial.rebalance.delay.ms': int({
    default: 3000,
    min: 0,
    unit: 'ms',
    text: 'How long a new group waits for more members before its first assignment.',
  }),
  'group.min.session.timeout.ms': int({
    default: 6000,
    min: 0,
    unit: 'ms',
    text: 'The shortest session timeout that a member may ask for.',
  }),
  'group.max.session.timeout.ms': int({
    default: 1_800_000,
    min: 0,
    unit: 'ms',
    text: 'The longest session timeout that a member may ask for.',
  }),
  'group.max.size': int({ default: intMax, min: 1, text: 'The most members of a group.' }),
  'offset.metadata.max.bytes': int({
    default: 4096,
    min: 0,
    unit: 'bytes',
    text: 'The longest metadata beside a committed offset.',
  }),
  'offsets.retention.minutes': int({
    default: 10_080,
    min: 1,
    unit: 'minutes',
    text: 'How long offsets stay after their group is empty.',
  }),
  'offsets.retention.check.interval.ms': long({
    default: 600_000,
    min: 1,
    unit: 'ms',
    text: 'How often expired offsets are looked for.',
  }),
  'offsets.topic.num.partitions': int({
    default: 50,
    min: 1,
    unit: 'partitions',
    text: 'Partitions of __consumer_offsets, when it is created.',
  }),
  'offsets.topic.replication.factor': short({
    default: 3,
    min: 1,
    text: 'Replicas of __consumer_offsets; no more than there are brokers.',
  }),
  'offsets.topic.segment.bytes': int({
    default: 104_857_600,
    min: 1_048_576,
    unit: 'bytes',
    text: 'Segment size of __consumer_offsets.',
  }),
  'offsets.topic.compression.codec': int({
    default: 0,
    min: 0,
    max: 0,
    hasEffect,
    text: 'The compression of __consumer_offsets: none.',
  }),
  'offsets.load.buffer.size': int({
    default: 5_242_880,
    min: 1,
    unit: 'bytes',
    hasEffect,
    text: 'Batch size when offsets are loaded.',
  }),
  'offsets.commit.timeout.ms': int({
    default: 5000,
    min: 1,
    unit: 'ms',
    hasEffect,
    text: 'How long a commit may wait for replicas.',
  }),
  'group.coordinator.rebalance.protocols': list({
    default: ['classic', 'consumer', 'streams'],
    hasEffect,
    text: 'The group protocols that are offered. They are classic and consumer.',
  }),
  'share.coordinator.state.topic.num.partitions': int({
    default: 50,
    min: 1,
    unit: 'partitions',
    hasEffect,
    text: 'Partitions of the topic of share groups, which the broker does not have.',
  }),
  'share.coordinator.state.topic.replication.factor': short({
    default: 3,
    min: 1,
    hasEffect,
    text: 'Replicas of the topic of share groups, which the broker does not have.',
  }),
  'share.coordinator.state.topic.min.isr': short({
    default: 2,
    min: 1,
    hasEffect,
    text: 'In-sync replicas of the topic of share groups, which the broker does not have.',
  }),
};
