import type { BrokerSettingName } from './broker-settings.ts';
import { gzipLevelRule, throttledReplicasRule } from './rules.ts';
import {
  boolean,
  choice,
  double,
  int,
  list,
  listOf,
  long,
  longMax,
  type Setting,
  type SettingValues,
} from './setting.ts';

/** A broker setting that gives a topic setting its default, after multiplication by `factor` (hours to milliseconds). */
export interface BrokerSynonym {
  readonly name: BrokerSettingName;
  readonly factor: number;
}

/** A setting of topics: the broker's settings of the same meaning stand behind it, the strongest first. */
export type TopicSetting<Value = unknown> = Setting<Value> & { readonly broker: readonly BrokerSynonym[] };

const minuteMs = 60_000;
const hourMs = 3_600_000;
const weekMs = 604_800_000;
const hasEffect = false;

function of<Value>(
  setting: Setting<Value>,
  ...broker: readonly (BrokerSettingName | readonly [BrokerSettingName, number])[]
): TopicSetting<Value> {
  const synonyms = broker.map((entry) =>
    typeof entry === 'string' ? { name: entry, factor: 1 } : { name: entry[0], factor: entry[1] },
  );
  return Object.freeze({ ...setting, isDynamic: true, broker: synonyms });
}

/** Every setting of a topic, by Kafka's name. */
export const topicSettings = {
  'cleanup.policy': of(
    listOf(['compact', 'delete'], {
      default: ['delete'],
      text: 'What happens to old records: delete drops them by age and size, compact keeps the last of each key.',
    }),
    'log.cleanup.policy',
  ),
  'compression.gzip.level': of(
    int({
      default: -1,
      min: -1,
      max: 9,
      rule: gzipLevelRule,
      text: 'The level of gzip when the broker compresses.',
    }),
    'compression.gzip.level',
  ),
  'compression.lz4.level': of(
    int({ default: 9, min: 1, max: 17, hasEffect, text: 'The level of lz4 when the broker compresses.' }),
    'compression.lz4.level',
  ),
  'compression.type': of(
    choice(['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'], {
      default: 'producer',
      text: 'How batches are stored: producer keeps them as they come.',
    }),
    'compression.type',
  ),
  'compression.zstd.level': of(
    int({ default: 3, min: -131_072, max: 22, text: 'The level of zstd when the broker compresses.' }),
    'compression.zstd.level',
  ),
  'delete.retention.ms': of(
    long({
      default: 86_400_000,
      min: 0,
      unit: 'ms',
      text: 'How long tombstones stay in a compacted topic.',
    }),
    'log.cleaner.delete.retention.ms',
  ),
  'file.delete.delay.ms': of(
    long({ default: 60_000, min: 0, unit: 'ms', text: 'How long the files of a deleted segment stay.' }),
    'log.segment.delete.delay.ms',
  ),
  'flush.messages': of(
    long({
      default: longMax,
      min: 1,
      unit: 'records',
      text: 'Records after which the log is synced, whatever nagare.durability says.',
    }),
    'log.flush.interval.messages',
  ),
  'flush.ms': of(
    long({
      default: longMax,
      min: 0,
      unit: 'ms',
      hasEffect,
      text: 'Time after which the log is synced; see nagare.durability.',
    }),
    'log.flush.interval.ms',
    'log.flush.scheduler.interval.ms',
  ),
  'follower.replication.throttled.replicas': of(
    list({
      default: [],
      hasEffect,
      rule: throttledReplicasRule('follower.replication.throttled.replicas'),
      text: 'Replicas whose copying is throttled at the follower.',
    }),
  ),
  'index.interval.bytes': of(
    int({ default: 4096, min: 0, unit: 'bytes', text: 'Bytes of records between two entries of an index.' }),
    'log.index.interval.bytes',
  ),
  'leader.replication.throttled.replicas': of(
    list({
      default: [],
      hasEffect,
      rule: throttledReplicasRule('leader.replication.throttled.replicas'),
      text: 'Replicas whose copying is throttled at the leader.',
    }),
  ),
  'local.retention.bytes': of(
    long({ default: -2, min: -2, unit: 'bytes', hasEffect, text: 'Retention on the disk when storage is tiered.' }),
    'log.local.retention.bytes',
  ),
  'local.retention.ms': of(
    long({ default: -2, min: -2, unit: 'ms', hasEffect, text: 'Retention on the disk when storage is tiered.' }),
    'log.local.retention.ms',
  ),
  'max.compaction.lag.ms': of(
    long({ default: longMax, min: 1, unit: 'ms', text: 'How long a record stays uncompacted at most.' }),
    'log.cleaner.max.compaction.lag.ms',
  ),
  'max.message.bytes': of(
    int({ default: 1_048_588, min: 0, unit: 'bytes', text: 'The largest record batch.' }),
    'message.max.bytes',
  ),
  'message.timestamp.after.max.ms': of(
    long({ default: hourMs, min: 0, unit: 'ms', text: 'How far in the future a timestamp may be.' }),
    'log.message.timestamp.after.max.ms',
  ),
  'message.timestamp.before.max.ms': of(
    long({ default: longMax, min: 0, unit: 'ms', text: 'How far in the past a timestamp may be.' }),
    'log.message.timestamp.before.max.ms',
  ),
  'message.timestamp.type': of(
    choice(['CreateTime', 'LogAppendTime'], {
      default: 'CreateTime',
      text: "Whose time records carry: the producer's or the broker's.",
    }),
    'log.message.timestamp.type',
  ),
  'min.cleanable.dirty.ratio': of(
    double({
      default: 0.5,
      min: 0,
      max: 1,
      text: 'The share of the log that must be uncompacted before it is compacted.',
    }),
    'log.cleaner.min.cleanable.ratio',
  ),
  'min.compaction.lag.ms': of(
    long({ default: 0, min: 0, unit: 'ms', text: 'How long a record stays uncompacted at least.' }),
    'log.cleaner.min.compaction.lag.ms',
  ),
  'min.insync.replicas': of(
    int({ default: 1, min: 1, text: 'In-sync replicas that acks=all demands.' }),
    'min.insync.replicas',
  ),
  preallocate: of(
    boolean({ default: false, hasEffect, text: 'Whether segments take their full size at once.' }),
    'log.preallocate',
  ),
  'remote.log.copy.disable': of(boolean({ default: false, hasEffect, text: 'Whether a tiered topic stops copying.' })),
  'remote.log.delete.on.disable': of(
    boolean({ default: false, hasEffect, text: 'Whether tiered data goes when tiering ends.' }),
  ),
  'remote.storage.enable': of(
    boolean({
      default: false,
      text: 'Whether storage is tiered; the broker has no tiered storage, so only false is taken.',
    }),
  ),
  'retention.bytes': of(
    long({ default: -1, unit: 'bytes', text: 'How much of a partition is kept; -1 for no limit.' }),
    'log.retention.bytes',
  ),
  'retention.ms': of(
    long({ default: weekMs, min: -1, unit: 'ms', text: 'How long records are kept; -1 for ever.' }),
    'log.retention.ms',
    ['log.retention.minutes', minuteMs],
    ['log.retention.hours', hourMs],
  ),
  'segment.bytes': of(
    int({ default: 1_073_741_824, min: 1_048_576, unit: 'bytes', text: 'The size at which a new segment begins.' }),
    'log.segment.bytes',
  ),
  'segment.index.bytes': of(
    int({ default: 10_485_760, min: 4, unit: 'bytes', text: 'The largest index of a segment.' }),
    'log.index.size.max.bytes',
  ),
  'segment.jitter.ms': of(
    long({ default: 0, min: 0, unit: 'ms', hasEffect, text: 'How much earlier, at random, a segment may end.' }),
    'log.roll.jitter.ms',
    ['log.roll.jitter.hours', hourMs],
  ),
  'segment.ms': of(
    long({ default: weekMs, min: 1, unit: 'ms', text: 'The age at which a new segment begins.' }),
    'log.roll.ms',
    ['log.roll.hours', hourMs],
  ),
  'unclean.leader.election.enable': of(
    boolean({ default: false, hasEffect, text: 'Whether a replica that is not in sync may become leader.' }),
    'unclean.leader.election.enable',
  ),
};

export type TopicSettingName = keyof typeof topicSettings;

/** The effective settings of one topic: what its log and its partitions go by. */
export type TopicSettings = SettingValues<typeof topicSettings>;

export function isTopicSetting(name: string): name is TopicSettingName {
  return Object.hasOwn(topicSettings, name);
}
