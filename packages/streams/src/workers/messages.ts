import type { StreamsConfig, StreamsState } from '../config.ts';
import type { MemoryLimits } from '../host/memory-limits.ts';
import type { PlainError } from './plain-error.ts';

/** Which thread one is. */
export interface ThreadInfo {
  /** `<application>-StreamThread-<number>`. */
  readonly name: string;
  /** From 1 on; a number that has become free is used again. */
  readonly number: number;
}

/** What a thread begins with. */
export interface ThreadData {
  readonly thread: ThreadInfo;
  /** The URL of the application's module. */
  readonly module: string;
  readonly settings: Partial<StreamsConfig>;
}

/** How a thread ends. */
export interface ThreadClose {
  readonly timeoutMs: number;
  readonly leaveGroup: boolean;
}

/** What a thread has at the moment. */
export interface ThreadTasks {
  readonly active: readonly string[];
  readonly standby: readonly string[];
  readonly server: string | undefined;
}

export type ToThread =
  | { readonly type: 'close'; readonly options: ThreadClose }
  | { readonly type: 'limits'; readonly limits: MemoryLimits }
  | { readonly type: 'pause' | 'resume' }
  | { readonly type: 'describe' };

export type FromThread =
  | { readonly type: 'started' }
  | { readonly type: 'state'; readonly state: StreamsState }
  | { readonly type: 'tasks'; readonly tasks: ThreadTasks }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly error: PlainError };
