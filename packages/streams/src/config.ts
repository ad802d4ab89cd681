import { type Http, type Log, type Platform, silentLog } from '@nagare/base';
import { nodeHttp, nodePlatform } from '@nagare/base/node';
import { type ClientOptions, createClient } from '@nagare/client';
import type { DeserializationDecision, DeserializationHandler } from './core/deserialization.ts';
import type { ErrorDecision, ErrorHandler } from './core/failures.ts';
import { StreamsError } from './errors.ts';
import type { StandbyUpdateListener, StateRestoreListener } from './host/store-listeners.ts';
import type { StreamsClient } from './host/streams-client.ts';
import { isServer } from './queries/peers.ts';
import type { StoreOpener } from './state/byte-store.ts';
import { closest } from './suggest.ts';

export type ProcessingGuarantee = 'at_least_once' | 'exactly_once_v2';

/** The configuration of an application. Kafka's dotted names (`'commit.interval.ms'`) are taken as well. */
export interface StreamsConfig {
  /** The name of the application: of its group, and in front of its internal topics and its state. */
  readonly applicationId: string;
  /** Where the cluster is. Kafka's name: `bootstrap.servers`. */
  readonly brokers?: ClientOptions['brokers'];
  /** The name that brokers log. Default: the application's. */
  readonly clientId?: string;
  /** Where stores are kept, absolute. Default: none, they are kept in memory and restored at each start. */
  readonly stateDir?: string;
  /** Opens the stores of `stateDir`. Default: in LevelDB. What it opens must keep the contract of `byteStoreSuite`. */
  readonly openStore?: StoreOpener;
  /** Default: 'at_least_once'. */
  readonly processingGuarantee?: ProcessingGuarantee;
  /** Default: 30,000; 100 with exactly_once_v2. */
  readonly commitIntervalMs?: number;
  /** How long to wait for records at most. Default: 100. */
  readonly pollMs?: number;
  /** Records of a partition that wait before it is paused. Default: 1,000. */
  readonly bufferedRecordsPerPartition?: number;
  /** How long to wait for records of a partition that is read to its end before others go on; -1: not even for records that are known to exist. Default: 0. */
  readonly maxTaskIdleMs?: number;
  /** Where sources start when no offset is committed. Default: 'earliest'. */
  readonly autoOffsetReset?: 'earliest' | 'latest';
  /** Of internal topics; -1: the broker's default. Default: -1. */
  readonly replicationFactor?: number;
  /** Bytes of store changes that wait for a commit before one is made early. Default: 16,777,216. */
  readonly statestoreUncommittedMaxBytes?: number;
  /**
   * Bytes that the record caches of all tasks may take: tables hold changes of their rows back until the next commit, or until
   * there is no more room, and then send the last one. 0: every change is sent as it happens. Default: 10,485,760.
   */
  readonly statestoreCacheMaxBytes?: number;
  /** How often records of repartition topics are deleted that have been read. Default: 30,000. */
  readonly repartitionPurgeIntervalMs?: number;
  /** How long operators wait between two looks for results that have become final (windows that closed, records that stayed alone in a join). Default: 1,000. */
  readonly emitIntervalMs?: number;
  /** How many other processes keep the state of each task up to date, so that they can go on at once. Default: 0. */
  readonly numStandbyReplicas?: number;
  /** How many changelog records a process may lack of a task's state and still be given the task at once (KIP-441). Default: 10,000. */
  readonly acceptableRecoveryLag?: number;
  /** How many tasks at most have their state brought to another process at a time, before they move there. Default: 2. */
  readonly maxWarmupReplicas?: number;
  /** How long to wait until tasks that warm up are placed anew although they have not caught up. Those that have are not waited for. Default: 600,000. */
  readonly probingRebalanceIntervalMs?: number;
  /** How long the group waits for a sign of life. Default: 45,000. */
  readonly sessionTimeoutMs?: number;
  /** Makes this a static member of the group. */
  readonly groupInstanceId?: string;
  /** Threads of tasks in this process; `Streams` is one, in the caller's event loop, and `StreamsThreads` has as many as wanted. Default: 1. */
  readonly numStreamThreads?: number;
  /** What to do with a record that cannot be deserialized. Default: 'fail'. */
  readonly deserializationExceptionHandler?: DeserializationDecision | DeserializationHandler;
  /** What to do with a record that a function of the application, or a punctuator, throws for. Default: 'fail'. */
  readonly processingExceptionHandler?: ErrorDecision | ErrorHandler;
  /** What to do with a result that cannot be serialized. Default: 'fail'. */
  readonly productionExceptionHandler?: ErrorDecision | ErrorHandler;
  /** The topic of dead letters, which must exist. */
  readonly errorsDeadLetterQueueTopicName?: string;
  /**
   * Where other processes of the application reach this one's `serveQueries`, as `host:port`; all of them are told. Default: where it
   * listens, if it is served before the start.
   */
  readonly applicationServer?: string;
  /** How queries reach other processes. Default: Node's HTTP. */
  readonly http?: Http;
  /** Told of each change of state. */
  readonly stateListener?: (now: StreamsState, before: StreamsState) => void;
  /** Told how stores of tasks that are to run are restored. */
  readonly stateRestoreListener?: StateRestoreListener;
  /** Told how stores of standbys follow their changelogs (KIP-988). */
  readonly standbyUpdateListener?: StandbyUpdateListener;
  /** The client to use in place of one for `brokers`. */
  readonly client?: StreamsClient;
  /** Default: the machine that we run on. */
  readonly platform?: Platform;
  /** Default: silent. */
  readonly log?: Log;
}

/** The same configuration by Kafka's names, `application.id` among them, or by both. */
export type DottedConfig = Partial<StreamsConfig> & { readonly [name: `${string}.${string}`]: unknown };

/** Kafka's states of an application. */
export type StreamsState =
  | 'CREATED'
  | 'REBALANCING'
  | 'RUNNING'
  | 'PENDING_SHUTDOWN'
  | 'NOT_RUNNING'
  | 'PENDING_ERROR'
  | 'ERROR';

const defaults = Object.freeze({
  clientId: undefined as string | undefined,
  stateDir: undefined as string | undefined,
  processingGuarantee: 'at_least_once' as ProcessingGuarantee,
  commitIntervalMs: undefined as number | undefined,
  pollMs: 100,
  bufferedRecordsPerPartition: 1_000,
  maxTaskIdleMs: 0,
  autoOffsetReset: 'earliest' as 'earliest' | 'latest',
  replicationFactor: -1,
  statestoreUncommittedMaxBytes: 16 * 1024 * 1024,
  statestoreCacheMaxBytes: 10 * 1024 * 1024,
  repartitionPurgeIntervalMs: 30_000,
  emitIntervalMs: 1_000,
  numStandbyReplicas: 0,
  acceptableRecoveryLag: 10_000,
  maxWarmupReplicas: 2,
  probingRebalanceIntervalMs: 600_000,
  sessionTimeoutMs: 45_000,
  groupInstanceId: undefined as string | undefined,
  applicationServer: undefined as string | undefined,
  numStreamThreads: 1,
  deserializationExceptionHandler: 'fail' as DeserializationDecision | DeserializationHandler,
  processingExceptionHandler: 'fail' as ErrorDecision | ErrorHandler,
  productionExceptionHandler: 'fail' as ErrorDecision | ErrorHandler,
  errorsDeadLetterQueueTopicName: undefined as string | undefined,
});

const objects = [
  'applicationId',
  'brokers',
  'client',
  'platform',
  'log',
  'http',
  'openStore',
  'stateListener',
  'stateRestoreListener',
  'standbyUpdateListener',
] as const;

/** A configuration with every default filled in. */
export type ResolvedConfig = Omit<typeof defaults, 'clientId' | 'commitIntervalMs'> & {
  readonly applicationId: string;
  readonly clientId: string;
  readonly commitIntervalMs: number;
  readonly client: StreamsClient;
  readonly platform: Platform;
  readonly log: Log;
  readonly http: Http;
  readonly openStore: StoreOpener | undefined;
  readonly stateListener: (now: StreamsState, before: StreamsState) => void;
  readonly stateRestoreListener: StateRestoreListener;
  readonly standbyUpdateListener: StandbyUpdateListener;
};

/** Checks a configuration and fills in defaults. @throws {StreamsError} `NAGARE_STREAMS_CONFIG` naming the setting. */
export function resolveConfig(given: StreamsConfig | DottedConfig): ResolvedConfig {
  const merged = checkConfig(given);
  if (merged.numStreamThreads !== 1) {
    throw wrong('numStreamThreads', 'must be 1 here: StreamsThreads runs more', merged.numStreamThreads);
  }
  const {
    applicationId,
    clientId = applicationId,
    platform = nodePlatform(),
    log = silentLog,
    http = nodeHttp,
    openStore,
    stateListener = () => undefined,
    stateRestoreListener = {},
    standbyUpdateListener = {},
  } = merged;
  const { commitIntervalMs = merged.processingGuarantee === 'exactly_once_v2' ? 100 : 30_000 } = merged;
  const client = merged.client ?? clientFor(merged, { clientId, platform, log });
  return Object.freeze({
    ...merged,
    ...{ applicationId, clientId, platform, log, http, openStore, commitIntervalMs, client },
    ...{ stateListener, stateRestoreListener, standbyUpdateListener },
  });
}

/** Settings as they were given, checked, over the defaults of those that have one. @throws {StreamsError} `NAGARE_STREAMS_CONFIG`. */
export function checkConfig(given: StreamsConfig | DottedConfig): typeof defaults & StreamsConfig {
  const merged = { ...defaults, ...namedSettings(given) } as typeof defaults & StreamsConfig;
  const { applicationId } = merged;
  if (typeof applicationId !== 'string' || !/^[a-zA-Z0-9._-]+$/.test(applicationId)) {
    throw wrong('applicationId', 'must be letters, digits, dots, underscores and hyphens', applicationId);
  }
  checkNumbers({ ...merged });
  checkChoices(merged);
  return merged;
}

function clientFor({ brokers }: StreamsConfig, options: Omit<ClientOptions, 'brokers'>): StreamsClient {
  if (brokers === undefined) throw wrong('brokers', 'must say where the cluster is, as host:port', brokers);
  return createClient({ ...options, brokers });
}

/** The settings that have a value, by their names in TypeScript: `commit.interval.ms` is commitIntervalMs. */
export function namedSettings(given: Partial<StreamsConfig> | DottedConfig): Partial<StreamsConfig> {
  const known = [...Object.keys(defaults), ...objects];
  const named: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const camel = key.replace(/\.([a-z])/g, (_dot, letter: string) => letter.toUpperCase());
    const name = camel === 'bootstrapServers' ? 'brokers' : camel;
    if (!known.includes(name)) throw unknown(key, known);
    if (name in named) throw new StreamsError('NAGARE_STREAMS_CONFIG', `${key} is set twice, under two names`);
    named[name] = value;
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function unknown(key: string, known: readonly string[]): StreamsError {
  const dotted = known.map((name) => name.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`));
  const guess = closest(key, [...known, ...dotted, 'bootstrap.servers']);
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  return new StreamsError('NAGARE_STREAMS_CONFIG', `there is no setting ${key}${hint}`);
}

const smallest: Readonly<Record<string, number>> = {
  commitIntervalMs: 0,
  pollMs: 0,
  bufferedRecordsPerPartition: 1,
  maxTaskIdleMs: -1,
  replicationFactor: -1,
  statestoreUncommittedMaxBytes: 1,
  statestoreCacheMaxBytes: 0,
  repartitionPurgeIntervalMs: 0,
  emitIntervalMs: 0,
  numStandbyReplicas: 0,
  acceptableRecoveryLag: 0,
  maxWarmupReplicas: 1,
  probingRebalanceIntervalMs: 60_000,
  sessionTimeoutMs: 1,
  numStreamThreads: 1,
};

function checkNumbers(config: Readonly<Record<string, unknown>>): void {
  for (const [name, min] of Object.entries(smallest)) {
    const value = config[name];
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= min)) continue;
    throw wrong(name, `must be a whole number of ${min} or more`, value);
  }
}

const handlers = [
  'deserializationExceptionHandler',
  'processingExceptionHandler',
  'productionExceptionHandler',
] as const;

function checkChoices(config: typeof defaults): void {
  const { processingGuarantee, autoOffsetReset, stateDir, applicationServer } = config;
  choice('processingGuarantee', processingGuarantee, ['at_least_once', 'exactly_once_v2']);
  choice('autoOffsetReset', autoOffsetReset, ['earliest', 'latest']);
  for (const name of handlers) {
    const handler = config[name];
    if (typeof handler !== 'function') choice(name, handler, ['fail', 'continue', 'dead-letter']);
    if (handler === 'dead-letter' && config.errorsDeadLetterQueueTopicName === undefined) {
      throw wrong('errorsDeadLetterQueueTopicName', 'must name the topic of dead letters', undefined);
    }
  }
  if (applicationServer !== undefined && !(typeof applicationServer === 'string' && isServer(applicationServer))) {
    throw wrong('applicationServer', 'must be host:port', applicationServer);
  }
  if (stateDir !== undefined && !stateDir.startsWith('/') && !/^[A-Za-z]:/.test(stateDir)) {
    throw wrong('stateDir', 'must be an absolute path', stateDir);
  }
}

function choice(name: string, value: unknown, choices: readonly string[]): void {
  if (!choices.includes(value as string)) throw wrong(name, `must be one of ${choices.join(', ')}`, value);
}

/** What a wrong setting is told by. */
export function wrong(name: string, rule: string, value: unknown): StreamsError {
  return new StreamsError('NAGARE_STREAMS_CONFIG', `${name} ${rule}, got ${JSON.stringify(value)}`);
}
