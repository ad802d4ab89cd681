import type { Platform } from '@nagare/base';
import { type Client, createClient } from '@nagare/client';
import { Streams, type StreamsClient, type StreamsConfig, type Topology } from '@nagare/streams';
import { DiskStore } from '@nagare/streams/simulated';
import type { ClientPlan } from '../run/plan.ts';
import { applicationId } from './topology.ts';

/** How long an operator takes to start an instance again that has failed. */
const restartMs = 500;

export interface Instance {
  readonly topology: Topology;
  readonly brokers: string;
  readonly platform: Platform;
  /** What was drawn for it. */
  readonly options: ClientPlan['options'];
  /** Told of what it failed with. */
  readonly onFailure: (error: unknown) => void;
}

/** Runs an instance of the application until `until` settles, again whenever it fails, as an operator would. */
export async function runInstance(instance: Instance, until: Promise<unknown>): Promise<void> {
  const { topology, platform, onFailure } = instance;
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  until.then(end, end);
  do {
    const streams = new Streams(topology, configOf(instance));
    try {
      await streams.start();
      await Promise.race([until, streams.finished]);
    } catch (error) {
      onFailure(error);
      await new Promise<void>((resolve) => void platform.timers.after(restartMs, resolve));
    }
    await streams.close();
  } while (!isOver);
}

function configOf({ brokers, platform, options }: Instance): StreamsConfig {
  const client = createClient({ brokers, clientId: applicationId, platform, connectTimeoutMs: 2_000 });
  const { hasState, commitIntervalMs, sessionTimeoutMs, requestTimeoutMs, maxTaskIdleMs } = options;
  return {
    ...{ applicationId, platform, processingGuarantee: 'exactly_once_v2' },
    client: impatient(client, Number(requestTimeoutMs ?? 1_000)),
    ...(hasState === true ? { stateDir: '/state', openStore: DiskStore.open } : {}),
    commitIntervalMs: Number(commitIntervalMs ?? 100),
    sessionTimeoutMs: Number(sessionTimeoutMs ?? 2_000),
    maxTaskIdleMs: Number(maxTaskIdleMs ?? 0),
    bufferedRecordsPerPartition: Number(options.bufferedRecords ?? 1_000),
    // The judge looks at every change.
    statestoreCacheMaxBytes: 0,
    statestoreUncommittedMaxBytes: Number(options.uncommittedBytesMax ?? 1_000_000),
    repartitionPurgeIntervalMs: Number(options.purgeIntervalMs ?? 30_000),
  };
}

/** A client whose requests wait for their answers as long as was drawn. */
function impatient(client: Client, requestTimeoutMs: number): StreamsClient {
  return {
    consumer: (options) => client.consumer({ ...options, requestTimeoutMs }),
    producer: (options) => client.producer({ ...options, requestTimeoutMs }),
    admin: () => client.admin({ requestTimeoutMs }),
  };
}
