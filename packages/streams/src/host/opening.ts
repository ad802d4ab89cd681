import type { ResolvedConfig } from '../config.ts';
import type { AssignablePart } from '../core/assign.ts';
import type { DeserializationPolicy } from '../core/deserialization.ts';
import type { ErrorPolicy } from '../core/failures.ts';
import type { Topology } from '../topology/topology.ts';
import { GlobalTables } from './global-tables.ts';
import type { ApplicationTopics } from './internal-topics.ts';
import { memoryBounds } from './memory-bounds.ts';
import { type OutputLimits, requestBytesMax } from './output-limits.ts';
import { OutputProducer } from './output-producer.ts';
import type { StreamsAdmin, StreamsProducer } from './streams-client.ts';
import type { TaskSetOptions } from './task-set.ts';

const lingerMs = 100;

/** How long a transaction may stay open beyond the time between two commits: what a crash leaves open blocks others for it. */
const transactionTimeoutMs = 10_000;

export function isolationLevelOf({ processingGuarantee }: ResolvedConfig): 'read_committed' | 'read_uncommitted' {
  return processingGuarantee === 'exactly_once_v2' ? 'read_committed' : 'read_uncommitted';
}

/** How topics are read whole, without a group. */
export function readerOptions(config: ResolvedConfig) {
  return { autoCommit: false, autoOffsetReset: 'earliest', isolationLevel: isolationLevelOf(config) } as const;
}

export function openGlobals(
  { globalTables: tables }: Topology,
  config: ResolvedConfig,
  { admin, topics, signal }: { admin: StreamsAdmin; topics: ApplicationTopics; signal: AbortSignal },
): Promise<GlobalTables> {
  const options = readerOptions(config);
  const openConsumer = () => config.client.consumer(options);
  const { partitionsOf } = topics;
  const { isolationLevel } = options;
  const policy = policyOf(config);
  return GlobalTables.open({ tables, partitionsOf, policy, admin, openConsumer, isolationLevel, signal });
}

/** The producer of an application, which it makes anew when one is of no more use. */
export function openOutput(
  topology: Topology,
  config: ResolvedConfig,
  { processId, signal }: { readonly processId: string; readonly signal: AbortSignal },
): OutputProducer {
  const isTransactional = config.processingGuarantee === 'exactly_once_v2';
  const open = () => openProducer(config, processId, callTimeoutsMs(topology));
  return new OutputProducer({ open, isTransactional, log: config.log, signal });
}

function openProducer(config: ResolvedConfig, processId: string, callsMs: number): StreamsProducer {
  const { client, applicationId, commitIntervalMs, processingGuarantee } = config;
  const common = { lingerMs, requestBytesMax, bufferBytesMax: memoryBounds.output };
  if (processingGuarantee === 'at_least_once') return client.producer(common);
  return client.producer({
    ...common,
    transactionalId: `${applicationId}-${processId}-1`,
    transactionTimeoutMs: commitIntervalMs + transactionTimeoutMs + callsMs,
    // What cannot be delivered in time ends with the transaction.
    deliveryTimeoutMs: 2 ** 31 - 1,
  });
}

/** How long a record may wait for answers on its way through a topology, if none for another of its key. */
function callTimeoutsMs({ subTopologies }: Topology): number {
  const sums = subTopologies.map(({ processors }) =>
    processors.reduce((sum, { callTimeoutMs = 0 }) => sum + callTimeoutMs, 0),
  );
  return Math.max(0, ...sums);
}

/** What is to be known of sub-topologies to place their tasks. */
export function assignableParts(
  { subTopologies }: Topology,
  topicName: (name: string) => string,
): readonly AssignablePart[] {
  return subTopologies.map(({ id, sources, stores }) => ({
    id,
    topics: sources.flatMap((source) => source.topics.map(topicName)),
    stateful: stores.some(({ logged }) => logged),
  }));
}

/** The settings that tasks run by. */
export function taskSettings(
  config: ResolvedConfig,
  { refusalOf }: OutputLimits,
): Pick<TaskSetOptions, 'deserialization' | 'errors' | 'emitIntervalMs' | 'cacheBytesMax'> {
  return {
    deserialization: policyOf(config),
    errors: { ...errorPolicyOf(config), refusalOf },
    emitIntervalMs: config.emitIntervalMs,
    cacheBytesMax: config.statestoreCacheMaxBytes,
  };
}

function policyOf(config: ResolvedConfig): DeserializationPolicy {
  const { deserializationExceptionHandler: handler, errorsDeadLetterQueueTopicName: deadLetterTopic } = config;
  return { decide: deciding(handler), deadLetterTopic };
}

function errorPolicyOf(config: ResolvedConfig): ErrorPolicy {
  const { processingExceptionHandler: processing, productionExceptionHandler: production } = config;
  return {
    processing: deciding(processing),
    production: deciding(production),
    deadLetterTopic: config.errorsDeadLetterQueueTopicName,
  };
}

/** A handler that is a word decides so about everything. */
function deciding<D extends string, A extends readonly unknown[]>(
  handler: D | ((...about: A) => D),
): (...about: A) => D {
  return typeof handler === 'function' ? handler : () => handler;
}
