export { nodeHttp } from './http.ts';
export { nodePlatform } from './platform.ts';
export { nodeWorkerSelf, nodeWorkers } from './worker-threads.ts';
