import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningBroker, startBroker } from '@nagare/tests/tools/broker';
import { run } from '@nagare/tests/tools/child';
import { repositoryRoot, scratchDirectory } from '@nagare/tests/tools/paths';
import type { ClientRun } from './clients/contender.ts';
import { type BenchOptions, inTurn, likeWithLike } from './options.ts';
import { consumerPerf, producerPerf } from './perf-tools.ts';
import { Report } from './report.ts';
import { withTopic } from './topics.ts';

const RECORD_BYTES = 100;
const BATCH_BYTES = 131_072;
const WARM_UP = 50_000;
const JAVA_FACTOR = 3;

const nodeClients = ['kafkajs', 'platformatic', 'nagare'];

/** Records per CPU second of the client's own process, producing and consuming, against the same broker. */
export async function measureClients(options: BenchOptions): Promise<void> {
  const report = new Report('clients');
  for (const product of options.products) {
    using scratch = scratchDirectory('clients');
    const settings = likeWithLike[product] ?? {};
    await using broker = await startBroker(product, { dataDirectory: join(scratch.path, 'data'), settings });
    await roundTripWithJava(broker, 'warm', WARM_UP);
    for (let repetition = 0; repetition < options.repetitions; repetition++) {
      const contenders = inTurn([...nodeClients.filter(isThere), 'java'], repetition);
      for (const client of contenders)
        await measureClient({ client, broker, repetition, records: options.records, report });
    }
  }
  report.finish();
}

interface Measurement {
  readonly client: string;
  readonly broker: RunningBroker;
  readonly repetition: number;
  readonly records: number;
  readonly report: Report;
}

async function measureClient({ client, broker, repetition, records, report }: Measurement): Promise<void> {
  const runs =
    client === 'java' ? await runJava(broker, repetition, records) : await runNode(client, broker, repetition, records);
  for (const [side, { records: count, seconds, cpuSeconds }] of Object.entries(runs)) {
    const name = `${side} on ${broker.product}`;
    report.add(client, { name: `${name}, per CPU second`, unit: 'records', better: 'higher' }, count / cpuSeconds);
    report.add(client, { name: `${name}, per second`, unit: 'records', better: 'higher' }, count / seconds);
  }
}

interface Runs {
  readonly produce: ClientRun;
  readonly consume: ClientRun;
}

function runNode(client: string, broker: RunningBroker, repetition: number, records: number): Promise<Runs> {
  const topic = `${client}-${repetition}`;
  const start = async (mode: string) => {
    const job = [mode, broker.bootstrap, topic, String(records), String(WARM_UP), String(RECORD_BYTES)];
    return JSON.parse(await run(process.execPath, [...programOf(client), ...job])) as ClientRun;
  };
  return withTopic(broker.bootstrap, topic, async () => ({
    produce: await start('produce'),
    consume: await start('consume'),
  }));
}

/**
 * Java has no warm-up of its own here: a short run's cost is taken off that of a longer one, long enough that the start
 * of the virtual machine, which varies by a second, does not decide.
 */
async function runJava(broker: RunningBroker, repetition: number, records: number): Promise<Runs> {
  const short = await roundTripWithJava(broker, `java-short-${repetition}`, WARM_UP);
  const measured = records * JAVA_FACTOR;
  const long = await roundTripWithJava(broker, `java-${repetition}`, measured + WARM_UP);
  const without = (side: 'produce' | 'consume'): ClientRun => ({
    records: measured,
    seconds: measured / long[side].recordsPerSecond,
    cpuSeconds: long[side].clientCpuSeconds - short[side].clientCpuSeconds,
  });
  return { produce: without('produce'), consume: without('consume') };
}

function roundTripWithJava({ bootstrap }: RunningBroker, topic: string, records: number) {
  const load = { bootstrap, topic, records, recordBytes: RECORD_BYTES, batchBytes: BATCH_BYTES };
  return withTopic(bootstrap, topic, async () => ({
    produce: await producerPerf(load),
    consume: await consumerPerf(load),
  }));
}

function programOf(client: string): string[] {
  return ['--import', 'tsx', '--conditions=@nagare/source', sourceOf(client)];
}

function sourceOf(client: string): string {
  return join(repositoryRoot, 'bench/macro/clients', `${client}.ts`);
}

function isThere(client: string): boolean {
  return existsSync(sourceOf(client));
}
