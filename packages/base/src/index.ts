export { AssertionError, assert, unreachable } from './assert.ts';
export type { Clock } from './clock.ts';
export { crc32c } from './crc32c.ts';
export type { Disk, DiskErrorCode, DiskFile, DiskLock } from './disk.ts';
export { DiskError, directoryOf, replaceFile } from './disk.ts';
export type { CodedErrorOptions } from './errors.ts';
export { CodedError } from './errors.ts';
export type {
  Http,
  HttpAnswer,
  HttpAsk,
  HttpReply,
  HttpRequest,
  HttpServerOptions,
  HttpSink,
  HttpStream,
} from './http.ts';
export type { Log, LogFields } from './log.ts';
export { silentLog } from './log.ts';
export type {
  Address,
  Connection,
  ConnectionEvent,
  Listener,
  ListenOptions,
  Network,
  NetworkErrorCode,
} from './network.ts';
export { NetworkError } from './network.ts';
export { loadOptional } from './optional-module.ts';
export type { Platform } from './platform.ts';
export type { Random } from './random.ts';
export { seededRandom } from './seeded-random.ts';
export type { SimEvent } from './sim/event-queue.ts';
export { EventQueue } from './sim/event-queue.ts';
export type { Timer, Timers } from './timers.ts';
export { timerDelayMsMax } from './timers.ts';
export type { WorkerHandle, WorkerSelf, WorkerStart, Workers } from './workers.ts';
