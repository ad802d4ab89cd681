import type { StoreSpec } from '../state/store-spec.ts';

/** Settings of a topic, by Kafka's names. */
export type TopicConfig = Readonly<Record<string, string>>;

/** How much longer a changelog keeps records of the past than its store does, for clocks that disagree. */
export const additionalRetentionMs = 86_400_000;

/** Repartition topics are emptied by the application, so time must not do it. */
export const repartitionTopicConfig: TopicConfig = Object.freeze({
  'cleanup.policy': 'delete',
  'segment.bytes': '52428800',
  'retention.ms': '-1',
  'message.timestamp.type': 'CreateTime',
});

/** The settings of a store's changelog topic; those of the store come last. */
export function changelogTopicConfig(store: StoreSpec): TopicConfig {
  const base = { 'message.timestamp.type': 'CreateTime' };
  switch (store.kind) {
    case 'key-value':
    case 'bytes':
      return { ...base, 'cleanup.policy': 'compact', ...store.topicConfig };
    case 'versioned':
      return {
        ...base,
        'cleanup.policy': 'compact',
        'min.compaction.lag.ms': timeText(store.historyMs + additionalRetentionMs),
        ...store.topicConfig,
      };
    case 'window':
    case 'session':
      return {
        ...base,
        'cleanup.policy': hasDuplicates(store) ? 'delete' : 'compact,delete',
        'retention.ms': timeText(store.retentionMs + additionalRetentionMs),
        ...store.topicConfig,
      };
  }
}

/** Rows with a key and time of their own each have nothing to compact. */
function hasDuplicates(store: StoreSpec): boolean {
  return store.kind === 'window' && store.retainDuplicates;
}

/** What is longer than any time that we can count is Kafka's longest. */
function timeText(timeMs: number): string {
  return Number.isSafeInteger(timeMs) ? String(timeMs) : '9223372036854775807';
}
