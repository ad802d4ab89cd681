import { type Api, apis } from '@nagare/protocol';
import { cpuSeconds } from '../tools/process-cost.ts';
import { Wire } from '../tools/wire.ts';
import { answeredWithErrors } from './error-answers.ts';
import { type LoadOutcome, MalformedLoad, type Mix } from './malformed-load.ts';
import { malformedPool } from './malformed-request.ts';

/** Requests of each kind that are made beforehand, so that making them takes nothing from the load. */
const each = 5_000;

/** What the process is to do, told as its argument. */
export interface LoadTask {
  readonly bootstrap: string;
  readonly brokerPid: number;
  readonly seed: string;
  readonly mix: Mix;
  readonly count: number;
  readonly connections: number;
}

/** What it says at its end. */
export interface LoadReport extends LoadOutcome {
  readonly elapsedMs: number;
  readonly brokerCpuSeconds: number;
  /** APIs and versions of those requests that are answered with an error. */
  readonly apis: number;
  readonly versions: number;
}

const task = JSON.parse(process.argv[2] ?? '') as LoadTask;
console.log(JSON.stringify(await report(task)));

async function report({ bootstrap, brokerPid, seed, mix, count, connections }: LoadTask): Promise<LoadReport> {
  const served = await servedApis(bootstrap);
  const made = malformedPool(seed, served, each);
  const nonsense = await answeredWithErrors(bootstrap, made.nonsense, served);
  const load = new MalformedLoad({ bootstrap, pool: { ...made, nonsense }, mix, seed, count });
  const cpuBefore = cpuSeconds(brokerPid);
  const startMs = performance.now();
  await load.run(connections);
  return {
    ...load.outcome,
    elapsedMs: performance.now() - startMs,
    brokerCpuSeconds: cpuSeconds(brokerPid) - cpuBefore,
    apis: new Set(nonsense.map((request) => request.readInt16BE(4))).size,
    versions: new Set(nonsense.map((request) => request.readInt32BE(4))).size,
  };
}

/** The APIs that a broker says it serves. */
async function servedApis(bootstrap: string): Promise<Api[]> {
  using wire = new Wire(bootstrap);
  const { apiKeys } = await wire.request(apis.apiVersions, 0, {});
  const served = new Set(apiKeys.map(({ apiKey }) => apiKey));
  return (Object.values(apis) as readonly Api[]).filter(({ key }) => served.has(key));
}
