import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { WorkerSelf, Workers } from '../workers.ts';
import { workerStart } from './worker-start.ts';

/** Threads of Node. */
export const nodeWorkers: Workers = {
  start({ module, data, name, execArgv, onMessage, onEnd }) {
    const given = { module: module.href, data };
    const inherited = execArgv === undefined ? {} : { execArgv: [...execArgv] };
    const worker = new Worker(workerStart, { eval: true, name, workerData: given, ...inherited });
    let failure: unknown;
    worker
      .on('message', onMessage)
      .once('error', (error) => {
        failure = error;
      })
      .once('exit', () => onEnd(failure));
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    };
  },
};

/** The thread that this module runs in, if {@link nodeWorkers} has started it. */
export function nodeWorkerSelf(): WorkerSelf | undefined {
  const port = parentPort;
  if (port === null) return undefined;
  const { data, load } = workerData as Pick<WorkerSelf, 'data' | 'load'>;
  return {
    data,
    load,
    post: (message) => port.postMessage(message),
    listen: (onMessage) => void port.on('message', onMessage),
  };
}
