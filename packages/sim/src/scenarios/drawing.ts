import type { Random } from '@nagare/base';
import type { BrokerOptions } from '@nagare/broker';
import type { Plan, Step } from '../run/plan.ts';

/** What every scenario draws of its broker. */
export function drawBrokerSetup(random: Random): Plan['setup'] {
  return {
    segmentMs: [20, 1_000, 3_600_000][random.below(3)]!,
    checkpointMs: [500, 5_000, 60_000][random.below(3)]!,
  };
}

/** A broker on a simulated disk that keeps what it acknowledges, with small files, so that a short run has many. */
export function brokerOnDisk(
  { setup }: Plan,
  settings: Readonly<Record<string, string | number>> = {},
): Omit<BrokerOptions, 'platform' | 'listen'> {
  return {
    directory: '/data',
    durability: 'fsync',
    settings: {
      'log.roll.ms': Number(setup.segmentMs),
      'log.flush.offset.checkpoint.interval.ms': Number(setup.checkpointMs),
      'log.retention.check.interval.ms': 2_000,
      'offsets.topic.num.partitions': 2,
      'transaction.state.log.num.partitions': 2,
      ...settings,
    },
  };
}

/** Options of a producer: small batches, several under way, impatient or not. */
export function drawProducerOptions(random: Random): Record<string, number> {
  return {
    lingerMs: random.below(10),
    batchBytesMax: 100 + random.below(500),
    maxInFlight: 1 + random.below(5),
    requestTimeoutMs: 300 + random.below(2_500),
    deliveryTimeoutMs: 5_000 + random.below(25_000),
  };
}

/** A few of the keys below `count`, with repetitions. */
export function someKeys(random: Random, count: number, max: number): number[] {
  return Array.from({ length: 1 + random.below(max) }, () => random.below(count));
}

/** Steps, with pauses between some of them so that they last about as long as the faults do. */
export function paced(random: Random, steps: readonly Step[], untilMs: number): Step[] {
  const gapMs = (2 * untilMs) / Math.max(1, steps.length);
  return steps.flatMap((step) => [{ do: 'wait', ms: Math.round(random.next() * gapMs) }, step]);
}

/** How long a transaction takes its time: two in three none, others up to two seconds. */
export function drawThinkMs(random: Random): number {
  return random.below(3) === 0 ? random.below(2_000) : 0;
}

/** A coordinator of groups that lets members ask to be missed soon. */
export const groupSettings = { 'group.min.session.timeout.ms': 1_000 } as const;

/** A coordinator of transactions that looks often for those that have waited too long. */
export const transactionSettings = { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500 } as const;
