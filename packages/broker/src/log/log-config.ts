/** How a batch of the topic is stored: as it came, uncompressed, or with one codec. */
export type TopicCompression = 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** The settings of a topic that its logs and the checks before an append need. Durations and sizes of -1 mean "no limit". */
export interface LogConfig {
  readonly cleanupPolicy: readonly ('delete' | 'compact')[];
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  readonly fileDeleteDelayMs: number;
  readonly flushMessages: number;
  readonly maxMessageBytes: number;
  readonly minInsyncReplicas: number;
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  readonly messageTimestampBeforeMaxMs: number;
  readonly messageTimestampAfterMaxMs: number;
  readonly compressionType: TopicCompression;
  readonly compressionGzipLevel: number;
  readonly compressionZstdLevel: number;
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  readonly minCleanableDirtyRatio: number;
}

const hourMs = 3_600_000;

/** Kafka's defaults. */
export const defaultLogConfig: LogConfig = Object.freeze({
  cleanupPolicy: ['delete'] as const,
  retentionMs: 7 * 24 * hourMs,
  retentionBytes: -1,
  segmentBytes: 1024 ** 3,
  segmentMs: 7 * 24 * hourMs,
  segmentIndexBytes: 10 * 1024 ** 2,
  indexIntervalBytes: 4096,
  fileDeleteDelayMs: 60_000,
  flushMessages: Number.MAX_SAFE_INTEGER,
  maxMessageBytes: 1_048_588,
  minInsyncReplicas: 1,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  messageTimestampAfterMaxMs: hourMs,
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionZstdLevel: 3,
  deleteRetentionMs: 24 * hourMs,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
});
