import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@nagare/client';
import { Streams } from '@nagare/streams';
import { Child } from '../../tools/child.ts';
import { compiledJava } from '../../tools/java.ts';
import { waitFor } from '../../tools/wait.ts';
import { untilRead } from './topics.ts';
import { inputs, topology } from './topology.ts';

export type Runtime = 'java' | 'ours';

/** Where an application runs. */
export interface Place {
  readonly bootstrap: string;
  readonly client: Client;
  readonly applicationId: string;
  /** A folder in which each runtime has its own; undefined: nothing is kept from one run to the next. */
  readonly stateDirectory: string;
}

/** Runs the application until it has processed all that there is, and ends it. */
export async function runOnce(runtime: Runtime, place: Place): Promise<void> {
  await (runtime === 'java' ? runJava(place) : runOurs(place));
  await untilNobodyIsLeft(place);
}

async function runJava(place: Place): Promise<void> {
  const { bootstrap, applicationId, stateDirectory } = place;
  const source = fileURLToPath(new URL('./Handover.java', import.meta.url));
  const jars = await compiledJava(source, 'streams-4.3.1');
  const machine = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx256m', '-cp', jars];
  const child = new Child('java', [...machine, 'Handover', bootstrap, applicationId, join(stateDirectory, 'java')]);
  try {
    await Promise.race([untilProcessed(place), child.exited.then(() => fail(child))]);
    await child.end('SIGTERM');
    if (!child.stdout.includes('closed: true')) fail(child);
  } finally {
    await child.end('SIGKILL');
  }
}

function fail(child: Child): never {
  throw new Error(`Kafka Streams did not end well\n${child.tail()}`);
}

async function runOurs(place: Place): Promise<void> {
  const { bootstrap, applicationId, stateDirectory } = place;
  await using streams = new Streams(topology(`${applicationId}-`), {
    ...{ applicationId, brokers: bootstrap, stateDir: join(stateDirectory, 'ours') },
    ...{ processingGuarantee: 'exactly_once_v2', replicationFactor: 1, emitIntervalMs: 0 },
    ...{ statestoreCacheMaxBytes: 0 },
  });
  await streams.start();
  await Promise.race([untilProcessed(place), streams.finished]);
  await streams.close();
  await streams.finished;
}

/** Topics in the middle are looked at once what comes before them has been read: nothing is added to them any more then. */
async function untilProcessed({ client, applicationId }: Place): Promise<void> {
  const between = ['by-letter-repartition', 'home-subscription-registration-topic', 'home-subscription-response-topic'];
  for (const topic of [...inputs, ...between]) await untilRead(client, applicationId, `${applicationId}-${topic}`);
}

async function untilNobodyIsLeft({ client, applicationId }: Place): Promise<void> {
  await using admin = client.admin();
  await waitFor(
    async () => {
      const [group] = await admin.describeGroups({ groupIds: [applicationId] });
      return group?.members.length === 0 ? true : undefined;
    },
    { what: `the group ${applicationId} to be empty`, timeoutMs: 120_000 },
  );
}
