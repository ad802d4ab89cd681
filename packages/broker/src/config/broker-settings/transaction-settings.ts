import { int, short } from '../setting.ts';

const dayMs = 86_400_000;
/** Accepted so that existing configurations start, without a part of this broker that it could change. */
const hasEffect = false;

/** Idempotent and transactional producers. */
export const transactionSettings = {
  'producer.id.expiration.ms': int({
    default: dayMs,
    min: 1,
    unit: 'ms',
    text: 'How long a partition remembers the sequence numbers of a silent producer.',
  }),
  'transactional.id.expiration.ms': int({
    default: 7 * dayMs,
    min: 1,
    unit: 'ms',
    hasEffect,
    text: 'How long an unused transactional id is remembered.',
  }),
  'transaction.max.timeout.ms': int({
    default: 900_000,
    min: 1,
    unit: 'ms',
    hasEffect,
    text: 'The longest transaction timeout that a producer may ask for.',
  }),
  'transaction.state.log.num.partitions': int({
    default: 50,
    min: 1,
    unit: 'partitions',
    text: 'Partitions of __transaction_state, when it is created.',
  }),
  'transaction.state.log.replication.factor': short({
    default: 3,
    min: 1,
    text: 'Replicas of __transaction_state; no more than there are brokers.',
  }),
  'transaction.state.log.min.isr': int({
    default: 2,
    min: 1,
    text: 'In-sync replicas that __transaction_state demands; no more than it has replicas.',
  }),
  'transaction.state.log.segment.bytes': int({
    default: 104_857_600,
    min: 1_048_576,
    unit: 'bytes',
    text: 'Segment size of __transaction_state.',
  }),
};
