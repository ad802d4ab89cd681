import type { WorkerSelf } from '../workers.ts';
import { nodeWorkerSelf } from './worker-threads.ts';

const self: WorkerSelf | undefined = nodeWorkerSelf();
self?.post({ data: self.data });
