import { gzipLevelRule } from '../rules.ts';
import { boolean, choice, int, long } from '../setting.ts';

const isDynamic = true;
/** Accepted so that existing configurations start, without a part of this broker that it could change. */
const hasEffect = false;

/** What topics are created with, and what their partitions go by. */
export const topicDefaultSettings = {
  'auto.create.topics.enable': boolean({
    default: true,
    text: 'Whether asking for a topic that does not exist creates it.',
  }),
  'delete.topic.enable': boolean({ default: true, text: 'Whether topics can be deleted.' }),
  'num.partitions': int({
    default: 1,
    min: 1,
    unit: 'partitions',
    text: 'Partitions of a topic that is created without a number.',
  }),
  'default.replication.factor': int({
    default: 1,
    min: 1,
    max: 32_767,
    text: 'Replicas of a topic that is created without a number.',
  }),
  'min.insync.replicas': int({ default: 1, min: 1, isDynamic, text: 'In-sync replicas that acks=all demands.' }),
  'unclean.leader.election.enable': boolean({
    default: false,
    isDynamic,
    hasEffect,
    text: 'Whether a replica that is not in sync may become leader.',
  }),
  'auto.leader.rebalance.enable': boolean({
    default: true,
    hasEffect,
    text: 'Whether leadership returns to preferred replicas by itself.',
  }),
  'replica.lag.time.max.ms': long({
    default: 30_000,
    unit: 'ms',
    hasEffect,
    text: 'How long a follower may lag and stay in sync.',
  }),
  'replica.fetch.max.bytes': int({
    default: 1_048_576,
    min: 0,
    unit: 'bytes',
    hasEffect,
    text: 'What a follower asks for, of each partition.',
  }),
  'num.replica.fetchers': int({
    isDynamic,
    default: 1,
    hasEffect,
    text: 'Connections with which a follower copies from each leader.',
  }),
  'message.max.bytes': int({ default: 1_048_588, min: 0, unit: 'bytes', isDynamic, text: 'The largest record batch.' }),
  'compression.type': choice(['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'], {
    default: 'producer',
    isDynamic,
    text: 'How batches are stored: producer keeps them as they come.',
  }),
  'compression.gzip.level': int({
    default: -1,
    min: -1,
    max: 9,
    isDynamic,

    text: 'The level of gzip when the broker compresses.',
    rule: gzipLevelRule,
  }),
  'compression.lz4.level': int({
    default: 9,
    min: 1,
    max: 17,
    isDynamic,
    hasEffect,
    text: 'The level of lz4 when the broker compresses.',
  }),
  'compression.zstd.level': int({
    default: 3,
    min: -131_072,
    max: 22,
    isDynamic,

    text: 'The level of zstd when the broker compresses.',
  }),
};
