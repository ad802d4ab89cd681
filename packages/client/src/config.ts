import type { ConsumerOptions } from './consumer.ts';
import type { Acks, Compression, ProducerOptions } from './producer.ts';

type Complete<Options, Left extends keyof Options> = Required<Omit<Options, Left>>;

export type ProducerConfig = Readonly<
  Complete<ProducerOptions, 'signal' | 'transactionalId'> & Pick<ProducerOptions, 'transactionalId'>
>;

const producerDefaults = Object.freeze({
  acks: -1 as Acks,
  lingerMs: 5,
  batchBytesMax: 65_536,
  requestBytesMax: 1_048_576,
  bufferBytesMax: 33_554_432,
  blockMsMax: 60_000,
  compression: 'none' as Compression,
  maxInFlight: 5,
  deliveryTimeoutMs: 120_000,
  requestTimeoutMs: 30_000,
  transactionTimeoutMs: 60_000,
});

/** @throws {RangeError} For values that are out of bounds or contradict each other. */
export function producerConfig(options: ProducerOptions): ProducerConfig {
  const given = { ...producerDefaults, ...defined(options) };
  const config = { idempotent: given.acks === -1, ...given };
  within('lingerMs', config.lingerMs, 0, 2 ** 31 - 1);
  within('batchBytesMax', config.batchBytesMax, 1, 2 ** 30);
  within('requestBytesMax', config.requestBytesMax, 1, 2 ** 30);
  within('bufferBytesMax', config.bufferBytesMax, 1, Number.MAX_SAFE_INTEGER);
  within('blockMsMax', config.blockMsMax, 0, Number.MAX_SAFE_INTEGER);
  within('deliveryTimeoutMs', config.deliveryTimeoutMs, 1, Number.MAX_SAFE_INTEGER);
  within('requestTimeoutMs', config.requestTimeoutMs, 1, 2 ** 31 - 1);
  within('maxInFlight', config.maxInFlight, 1, config.idempotent ? 5 : 100);
  within('transactionTimeoutMs', config.transactionTimeoutMs, 1, 2 ** 31 - 1);
  if (config.transactionalId === '') throw new RangeError('transactionalId must not be empty');
  if (config.transactionalId !== undefined && !config.idempotent)
    throw new RangeError('transactionalId needs an idempotent producer: leave acks and idempotent out');
  if (config.idempotent && config.acks !== -1) {
    throw new RangeError(`idempotent needs acks -1, got ${config.acks}: leave acks out, or set idempotent: false`);
  }
  return Object.freeze(config);
}

export type ConsumerConfig = Readonly<
  Complete<ConsumerOptions, 'groupId' | 'groupInstanceId' | 'listener' | 'signal' | 'rackId'> &
    Pick<ConsumerOptions, 'groupId' | 'groupInstanceId' | 'listener' | 'rackId'>
>;

const consumerDefaults = Object.freeze({
  assignors: ['cooperative-sticky'] as const,
  autoOffsetReset: 'latest' as const,
  autoCommit: true,
  autoCommitIntervalMs: 5_000,
  isolationLevel: 'read_uncommitted' as const,
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 3_000,
  maxPollIntervalMs: 300_000,
  fetchBytesMin: 1,
  fetchBytesMax: 52_428_800,
  partitionFetchBytesMax: 1_048_576,
  fetchWaitMsMax: 500,
  prefetchBytesMax: 16_777_216,
  requestTimeoutMs: 30_000,
  allowAutoTopicCreation: true,
});

/** @throws {RangeError} For values that are out of bounds or contradict each other. */
export function consumerConfig(options: ConsumerOptions): ConsumerConfig {
  const config = { ...consumerDefaults, ...defined(options) };
  within('autoCommitIntervalMs', config.autoCommitIntervalMs, 1, 2 ** 31 - 1);
  within('sessionTimeoutMs', config.sessionTimeoutMs, 1, 2 ** 31 - 1);
  within('maxPollIntervalMs', config.maxPollIntervalMs, 1, 2 ** 31 - 1);
  within('heartbeatIntervalMs', config.heartbeatIntervalMs, 1, config.sessionTimeoutMs);
  within('fetchBytesMin', config.fetchBytesMin, 0, 2 ** 31 - 1);
  within('fetchBytesMax', config.fetchBytesMax, 1, 2 ** 27);
  within('partitionFetchBytesMax', config.partitionFetchBytesMax, 1, 2 ** 27);
  within('fetchWaitMsMax', config.fetchWaitMsMax, 0, 2 ** 31 - 1);
  within('prefetchBytesMax', config.prefetchBytesMax, 1, 2 ** 31 - 1);
  within('requestTimeoutMs', config.requestTimeoutMs, 1, 2 ** 31 - 1);
  if (config.groupId === '') throw new RangeError('groupId must not be empty; leave it out to read without a group');
  if (config.assignors.length === 0) throw new RangeError('assignors must name at least one');
  return Object.freeze(config);
}

/** @throws {RangeError} Unless `value` is from `min` to `max`. */
export function within(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) throw new RangeError(`${name} must be from ${min} to ${max}, got ${value}`);
}

/** The options without those that are undefined, so that these take their defaults. */
export function defined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}
