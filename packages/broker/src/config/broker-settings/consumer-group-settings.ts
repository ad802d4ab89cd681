import { choice, int, intMax, listOf } from '../setting.ts';

/** Accepted so that existing configurations start, without a part of this broker that it could change. */
const hasEffect = false;

/** Groups of the protocol of KIP-848. */
export const consumerGroupSettings = {
  'group.consumer.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    unit: 'ms',
    text: 'After how long without a heartbeat a member of a consumer group is taken for lost.',
  }),
  'group.consumer.min.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    unit: 'ms',
    text: 'The shortest session timeout that a group may be configured with.',
  }),
  'group.consumer.max.session.timeout.ms': int({
    default: 60_000,
    min: 1,
    unit: 'ms',
    text: 'The longest session timeout that a group may be configured with.',
  }),
  'group.consumer.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    unit: 'ms',
    text: 'How often members of a consumer group are told to send heartbeats.',
  }),
  'group.consumer.min.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    unit: 'ms',
    text: 'The shortest heartbeat interval that a group may be configured with.',
  }),
  'group.consumer.max.heartbeat.interval.ms': int({
    default: 15_000,
    min: 1,
    unit: 'ms',
    text: 'The longest heartbeat interval that a group may be configured with.',
  }),
  'group.consumer.max.size': int({ default: intMax, min: 1, text: 'The most members of a consumer group.' }),
  'group.consumer.assignors': listOf(['uniform', 'range'], {
    default: ['uniform', 'range'],
    text: 'The assignors that members may ask for. The first one is taken when none does.',
  }),
  'group.consumer.migration.policy': choice(['bidirectional', 'upgrade', 'downgrade', 'disabled'], {
    default: 'bidirectional',
    text: 'Whether a group with members may become a consumer group (upgrade) and a classic one again (downgrade).',
  }),
  'group.consumer.assignment.interval.ms': int({
    default: 1000,
    min: 0,
    unit: 'ms',
    text: 'The least time between two assignments of a consumer group.',
  }),
  'group.consumer.min.assignment.interval.ms': int({
    default: 0,
    min: 0,
    unit: 'ms',
    text: 'The shortest assignment interval that a group may be configured with.',
  }),
  'group.consumer.max.assignment.interval.ms': int({
    default: 15_000,
    min: 0,
    unit: 'ms',
    text: 'The longest assignment interval that a group may be configured with.',
  }),
  'group.consumer.regex.refresh.interval.ms': int({
    default: 600_000,
    min: 10_000,
    unit: 'ms',
    hasEffect,
    text: 'How often regular expressions are resolved again. It is done whenever topics come or go.',
  }),
};
