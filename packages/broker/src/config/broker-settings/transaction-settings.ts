import { boolean, int, short } from '../setting.ts';

const dayMs = 86_400_000;
const isDynamic = true;
/** Accepted so that existing configurations start, without a part of this broker that it could change. */
const hasEffect = false;

/** Idempotent and transactional producers. */
export const transactionSettings = {
  'producer.id.expiration.ms': int({
    isDynamic,
    default: dayMs,
    min: 1,
    unit: 'ms',
    text: 'How long a partition remembers the sequence numbers of a silent producer.',
  }),
  'transactional.id.expiration.ms': int({
    default: 7 * dayMs,
    min: 1,
    unit: 'ms',
    text: 'How long an unused transactional id is remembered.',
  }),
  'transaction.max.timeout.ms': int({
    default: 900_000,
    min: 1,
    unit: 'ms',
    text: 'The longest transaction timeout that a producer may ask for.',
  }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int({
    default: 10_000,
    min: 1,
    unit: 'ms',
    text: 'How often transactions are looked for that have lasted too long.',
  }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int({
    default: 3_600_000,
    min: 1,
    unit: 'ms',
    text: 'How often unused transactional ids are looked for.',
  }),
  'add.partitions.to.txn.retry.backoff.max.ms': int({
    default: 100,
    min: 0,
    unit: 'ms',
    text: 'How long a partition that comes early waits for the end of the transaction before.',
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
  'transaction.state.log.load.buffer.size': int({
    default: 5_242_880,
    min: 1,
    unit: 'bytes',
    hasEffect,
    text: 'Batch size when transactional ids are loaded.',
  }),
  'transaction.partition.verification.enable': boolean({
    default: true,
    hasEffect,
    text: 'Whether a partition is looked for in the transaction before the first record goes there. It always is.',
  }),
  'transaction.two.phase.commit.enable': boolean({
    default: false,
    hasEffect,
    text: 'Whether transactions may be prepared for another coordinator. This broker offers it to nobody.',
  }),
  'add.partitions.to.txn.retry.backoff.ms': int({
    default: 20,
    min: 1,
    unit: 'ms',
    hasEffect,
    text: 'How often a partition that comes early is tried again. Here it waits, and is not tried.',
  }),
};
