import type { StreamsConfig } from '../config.ts';
import { StreamsError } from '../errors.ts';
import type { Streams } from '../streams.ts';
import type { Topology } from '../topology/topology.ts';
import type { ThreadInfo } from './messages.ts';

/** Settings that threads are given, and that their module cannot say otherwise. */
type GivenSetting =
  | 'applicationId'
  | 'clientId'
  | 'stateDir'
  | 'groupInstanceId'
  | 'numStreamThreads'
  | 'statestoreCacheMaxBytes'
  | 'statestoreUncommittedMaxBytes';

/** Settings by their names in TypeScript, as a module adds them to those that the thread was started with. */
export type ThreadConfig = Partial<Omit<StreamsConfig, GivenSetting>>;

/** What the module of an application's threads exports. Each thread loads it for itself. */
export interface StreamsThreadModule {
  /** What to run, or what makes it. */
  readonly topology: Topology | ((thread: ThreadInfo) => Topology | Promise<Topology>);
  /** Settings that cannot be sent to a thread, such as functions, or that differ from thread to thread. */
  readonly config?: ThreadConfig | ((thread: ThreadInfo) => ThreadConfig | Promise<ThreadConfig>);
  /** Called before the thread's application starts: the place for `serveQueries`. What it opened ends with the thread. */
  readonly beforeStart?: (streams: Streams, thread: ThreadInfo) => void | Promise<void>;
}

const given: Readonly<Record<GivenSetting, true>> = {
  applicationId: true,
  clientId: true,
  stateDir: true,
  groupInstanceId: true,
  numStreamThreads: true,
  statestoreCacheMaxBytes: true,
  statestoreUncommittedMaxBytes: true,
};

/** What a module says for a thread. @throws {StreamsError} `NAGARE_STREAMS_TOPOLOGY`, `NAGARE_STREAMS_CONFIG`. */
export async function readModule(module: Partial<StreamsThreadModule>, thread: ThreadInfo) {
  const { topology, config = {}, beforeStart = () => undefined } = module;
  if (topology === undefined) {
    throw new StreamsError(
      'NAGARE_STREAMS_TOPOLOGY',
      'the module of a thread must export topology, or a function of that name',
    );
  }
  const settings = typeof config === 'function' ? await config(thread) : config;
  const wrong = Object.keys(settings).find((name) => name in given);
  if (wrong !== undefined) {
    throw new StreamsError(
      'NAGARE_STREAMS_CONFIG',
      `${wrong} must be given to StreamsThreads, not by the module of its threads`,
    );
  }
  return { topology: typeof topology === 'function' ? await topology(thread) : topology, settings, beforeStart };
}
