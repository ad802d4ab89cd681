export { Change } from './change.ts';
export type { DottedConfig, ProcessingGuarantee, StreamsConfig, StreamsState } from './config.ts';
export type {
  DeserializationDecision,
  DeserializationHandler,
  DeserializationPolicy,
} from './core/deserialization.ts';
export type { ErrorDecision, ErrorHandler, FailedRecord } from './core/failures.ts';
export type { Branches } from './dsl/branched.ts';
export { BranchedKStream } from './dsl/branched.ts';
export type { Consumed, Retried } from './dsl/builder.ts';
export { StreamsBuilder } from './dsl/builder.ts';
export {
  CogroupedKStream,
  SessionWindowedCogroupedKStream,
  TimeWindowedCogroupedKStream,
} from './dsl/cogrouped.ts';
export type { Deduplicated } from './dsl/deduplicated.ts';
export { GlobalKTable } from './dsl/global-table.ts';
export type { Grouped } from './dsl/grouped.ts';
export { KGroupedStream } from './dsl/grouped.ts';
export { KGroupedTable } from './dsl/grouped-table.ts';
export type { TakesLate } from './dsl/late.ts';
export type { Expires, Materialized, Stored, WindowMaterialized } from './dsl/materialized.ts';
export type { Named } from './dsl/node.ts';
export type { Pipe, Piped } from './dsl/pipe.ts';
export type { RetryOptions } from './dsl/retry-options.ts';
export type { ProcessOptions, Produced, Repartitioned } from './dsl/stream.ts';
export { KStream } from './dsl/stream.ts';
export type { StreamJoined } from './dsl/stream-join.ts';
export type { Joined } from './dsl/stream-table-join.ts';
export { KTable } from './dsl/table.ts';
export { SessionWindowedKStream, TimeWindowedKStream } from './dsl/windowed.ts';
export type { Duration } from './duration.ts';
export type { StreamsErrorCode } from './errors.ts';
export { StreamsError, streamsErrors } from './errors.ts';
export type { StandbyUpdateListener, StateRestoreListener, StoreChangelog } from './host/store-listeners.ts';
export type {
  StreamsAdmin,
  StreamsClient,
  StreamsConsumer,
  StreamsProducer,
  StreamsTransaction,
} from './host/streams-client.ts';
export type { Aggregator } from './operators/aggregate.ts';
export type { DropReason, Operator, OperatorInfo } from './operators/define-operator.ts';
export { filter } from './operators/filter.ts';
export { filterNot } from './operators/filter-not.ts';
export { flatMap } from './operators/flat-map.ts';
export { flatMapValues } from './operators/flat-map-values.ts';
export type { LiftOptions } from './operators/lift.ts';
export { lift } from './operators/lift.ts';
export { map } from './operators/map.ts';
export type { AsyncCallContext, AsyncOptions, AsyncProject } from './operators/map-async.ts';
export { mapValues } from './operators/map-values.ts';
export { peek } from './operators/peek.ts';
export type { Processor, ProcessorContext, ProcessorSupplier } from './operators/process.ts';
export type { Cancellable, PunctuationTimes, PunctuationType, Punctuator } from './operators/punctuation.ts';
export { operators } from './operators/registry.ts';
export { selectKey } from './operators/select-key.ts';
export type {
  ValueTransformer,
  ValueTransformerContext,
  ValueTransformerSupplier,
} from './operators/table-transform-values.ts';
export type { Row } from './queries/key-value-query.ts';
export { KeyValueQuery } from './queries/key-value-query.ts';
export type { ScanOptions, StoreChange, WindowChange } from './queries/lens.ts';
export type {
  KeyQueryMetadata,
  QueryKind,
  QueryOf,
  QueryOptions,
  StoreHostMetadata,
  StoreReference,
} from './queries/queries.ts';
export type { ServedStore } from './queries/routes.ts';
export type { QueryServer, ServeQueriesOptions } from './queries/serve.ts';
export { serveQueries } from './queries/serve.ts';
export { SessionQuery } from './queries/session-query.ts';
export { VersionedQuery } from './queries/versioned-query.ts';
export { WindowQuery } from './queries/window-query.ts';
export type { Header, KeyValue, RawRecord, RecordMetadata } from './record.ts';
export { noHeaders, StreamRecord } from './record.ts';
export type { ByteStore, Entry, StoreBatch, StoreOpener, StorePlace } from './state/byte-store.ts';
export type {
  KeyValueStore,
  SessionStore,
  Timestamped,
  VersionedKeyValueStore,
  VersionedRecord,
  WindowRow,
  WindowStore,
} from './state/store.ts';
export type {
  BytesStoreSpec,
  KeyValueStoreOptions,
  KeyValueStoreSpec,
  SessionStoreOptions,
  SessionStoreSpec,
  StoreSpec,
  VersionedStoreOptions,
  VersionedStoreSpec,
  WindowStoreOptions,
  WindowStoreSpec,
} from './state/store-spec.ts';
export { keyValueStore, sessionStore, versionedStore, windowStore } from './state/store-spec.ts';
export type { VersionPut } from './state/versioned-rows.ts';
export type { CloseOptions } from './streams.ts';
export { Streams } from './streams.ts';
export type { NodeDescription, SubTopologyDescription } from './topology/describe.ts';
export { TopologyDescription } from './topology/describe.ts';
export type { OffsetReset, TimestampExtractor, TopicExtractor } from './topology/topology.ts';
export { Topology } from './topology/topology.ts';
export type { EmitStrategy } from './windows/emit-strategy.ts';
export { JoinWindows } from './windows/join-windows.ts';
export { SessionWindows } from './windows/session-windows.ts';
export { SlidingWindows } from './windows/sliding-windows.ts';
export type { Suppression, SuppressOptions } from './windows/suppressed.ts';
export { Suppressed } from './windows/suppressed.ts';
export { TimeWindows } from './windows/time-windows.ts';
export { UnlimitedWindows } from './windows/unlimited-windows.ts';
export type { ThreadInfo } from './workers/messages.ts';
export type { ThreadsHost } from './workers/streams-threads.ts';
export { StreamsThreads } from './workers/streams-threads.ts';
export type { ThreadMetadata } from './workers/thread-handle.ts';
export type { StreamsThreadModule, ThreadConfig } from './workers/thread-module.ts';
export type {
  DottedThreadsConfig,
  StreamsThreadsConfig,
  UncaughtExceptionDecision,
  UncaughtExceptionHandler,
} from './workers/threads-config.ts';
