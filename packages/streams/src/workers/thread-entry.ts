/**
 * What a thread of `StreamsThreads` runs.
 *
 * @module
 */
import { nodeWorkerSelf } from '@nagare/base/node';
import { runThread } from './run-thread.ts';

const self = nodeWorkerSelf();
if (self !== undefined) await runThread(self);
