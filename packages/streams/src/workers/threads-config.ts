import { type Log, silentLog } from '@nagare/base';
import { checkConfig, namedSettings, type StreamsConfig, wrong } from '../config.ts';
import type { DeserializationDecision } from '../core/deserialization.ts';
import type { ErrorDecision } from '../core/failures.ts';
import { StreamsError } from '../errors.ts';
import type { MemoryLimits } from '../host/memory-limits.ts';
import type { ThreadInfo } from './messages.ts';

/**
 * What becomes of the others when a thread has failed (KIP-671): another one takes its place, or all threads of this process end.
 */
export type UncaughtExceptionDecision = 'replace-thread' | 'shutdown-client';

export type UncaughtExceptionHandler = (error: StreamsError, thread: ThreadInfo) => UncaughtExceptionDecision;

const decisions: readonly string[] = ['replace-thread', 'shutdown-client'] satisfies UncaughtExceptionDecision[];

type ExceptionHandlers =
  | 'deserializationExceptionHandler'
  | 'processingExceptionHandler'
  | 'productionExceptionHandler';

/** Settings that only the module of the threads can say: what cannot be sent, and the address, which each has for itself. */
const settingsOfModule = [
  'client',
  'platform',
  'http',
  'openStore',
  'applicationServer',
  'stateRestoreListener',
  'standbyUpdateListener',
] as const;
type OfModule = (typeof settingsOfModule)[number];
const ofModule: ReadonlySet<string> = new Set(settingsOfModule);

/**
 * The configuration of an application with threads. What is not about all of them is sent to each, so it is data: functions are for their
 * module.
 */
export interface StreamsThreadsConfig extends Omit<StreamsConfig, OfModule | ExceptionHandlers> {
  /** How many threads there are at the start. Default: 1. */
  readonly numStreamThreads?: number;
  /** What to do when a thread has failed. Default: 'shutdown-client'. */
  readonly uncaughtExceptionHandler?: UncaughtExceptionDecision | UncaughtExceptionHandler;
  /** Arguments of Node for the threads. Default: those of this process. */
  readonly execArgv?: readonly string[];
  /** Default: 'fail'. As a function: in the module. */
  readonly deserializationExceptionHandler?: DeserializationDecision;
  /** Default: 'fail'. As a function: in the module. */
  readonly processingExceptionHandler?: ErrorDecision;
  /** Default: 'fail'. As a function: in the module. */
  readonly productionExceptionHandler?: ErrorDecision;
}

/** The same configuration by Kafka's names, or by both. */
export type DottedThreadsConfig = Partial<StreamsThreadsConfig> & { readonly [name: `${string}.${string}`]: unknown };

/** A configuration of threads, checked. */
export interface ResolvedThreadsConfig {
  readonly applicationId: string;
  readonly stateDir: string | undefined;
  readonly numStreamThreads: number;
  /** What all threads may take together. */
  readonly limits: MemoryLimits;
  readonly log: Log;
  readonly stateListener: NonNullable<StreamsConfig['stateListener']>;
  readonly decide: UncaughtExceptionHandler;
  readonly execArgv: readonly string[] | undefined;
  /** What a thread is given. */
  readonly settingsOf: (thread: ThreadInfo, limits: MemoryLimits) => Partial<StreamsConfig>;
}

/** @throws {StreamsError} `NAGARE_STREAMS_CONFIG`, naming the setting. */
export function resolveThreadsConfig(given: StreamsThreadsConfig | DottedThreadsConfig): ResolvedThreadsConfig {
  const { uncaughtExceptionHandler = 'shutdown-client', execArgv, ...rest } = given as DottedThreadsConfig;
  const { applicationId, statestoreCacheMaxBytes, statestoreUncommittedMaxBytes, ...checked } = checkConfig(rest);
  const { numStreamThreads, stateDir, log = silentLog, stateListener = () => undefined } = checked;
  return {
    ...{ applicationId, stateDir, numStreamThreads, log, stateListener, execArgv },
    limits: { cacheBytesMax: statestoreCacheMaxBytes, uncommittedBytesMax: statestoreUncommittedMaxBytes },
    decide: handlerOf(uncaughtExceptionHandler),
    settingsOf: settingsFrom(applicationId, namedSettings(rest)),
  };
}

function handlerOf(handler: UncaughtExceptionDecision | UncaughtExceptionHandler): UncaughtExceptionHandler {
  if (typeof handler === 'function') return handler;
  if (decisions.includes(handler)) return () => handler;
  throw wrong('uncaughtExceptionHandler', `must be one of ${decisions.join(', ')}, or a function`, handler);
}

/** What each thread is given: the settings of all, and what a thread has to itself. */
function settingsFrom(applicationId: string, all: Partial<StreamsConfig>): ResolvedThreadsConfig['settingsOf'] {
  const { numStreamThreads: _threads, log: _log, stateListener: _listener, ...shared } = all;
  const { clientId = applicationId, stateDir, groupInstanceId } = shared;
  for (const [name, value] of Object.entries(shared)) {
    if (typeof value === 'function' || ofModule.has(name)) {
      throw new StreamsError(
        'NAGARE_STREAMS_CONFIG',
        `${name} must be in the module of the threads, as a part of its config`,
      );
    }
  }
  return ({ name, number }, { cacheBytesMax, uncommittedBytesMax }) => ({
    ...shared,
    clientId: `${clientId}-StreamThread-${number}`,
    ...(stateDir === undefined ? {} : { stateDir: `${stateDir}/${name}` }),
    ...(groupInstanceId === undefined ? {} : { groupInstanceId: `${groupInstanceId}-${number}` }),
    statestoreCacheMaxBytes: cacheBytesMax,
    statestoreUncommittedMaxBytes: uncommittedBytesMax,
  });
}
