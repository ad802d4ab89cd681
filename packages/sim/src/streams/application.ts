import type { Platform } from '@nagare/base';
import type { SimPlatform } from '@nagare/base/sim';
import type { TopicPartition } from '@nagare/client';
import { ClientError } from '@nagare/client';
import type { Topology } from '@nagare/streams';
import type { Anomaly, AnomalyName } from '../checkers/anomaly.ts';
import { pause } from '../clients/pause.ts';
import { textOf } from '../clients/values.ts';
import type { Key, MicroOperation, Value } from '../history/event.ts';
import type { ClientPlan } from '../run/plan.ts';
import { createTopic } from '../scenarios/topics.ts';
import type { ClientBody } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { CommittedReader } from './committed-reader.ts';
import { runInstance } from './instance.ts';
import { Outcome } from './outcome.ts';
import { applicationId, listTopology, namesOf, type Shape } from './topology.ts';

/** How long outputs may take to be complete once nothing goes wrong any more. */
const completeWithinMs = 60_000;
/** How many names the records of a partition have. */
export const names = 3;

/** An application of Streams in a world: its instances, and the judgement of what they wrote. */
export class Application {
  readonly #world: World;
  readonly #shape: Shape;
  readonly #partitions: number;
  readonly #topology: Topology;
  readonly #watch: (platform: SimPlatform) => Platform;
  /** The partitions that it reads, as keys of the history. */
  #keys: readonly Key[] = [];
  #completion: Promise<void> | undefined;
  /** What was still wrong when its time was over. */
  #late: readonly string[] = [];
  readonly #failures: unknown[] = [];

  /** @param watch - The platform that an instance is given for its own. */
  constructor(world: World, watch: (platform: SimPlatform) => Platform = (platform) => platform) {
    const { partitions, hasWindows, hasJoin } = world.plan.setup;
    this.#world = world;
    this.#watch = watch;
    this.#shape = { hasWindows: hasWindows === true, hasJoin: hasJoin === true };
    this.#partitions = Number(partitions);
    this.#topology = listTopology(this.#shape);
    world.nameOf = (value, key) => ({ name: this.#nameOf(value, key), isTombstone: false });
  }

  /** Makes the topics that it reads, which have keys of the history, and those that it writes, which have none. */
  async createTopics(): Promise<void> {
    const { inputs, outputs } = namesOf(this.#shape);
    const keys: Key[] = [];
    for (const topic of inputs) keys.push(...(await createTopic(this.#world, topic, { partitions: this.#partitions })));
    this.#keys = keys;
    await using admin = this.#world.helper().admin();
    await admin.createTopics({ topics: outputs.map((topic) => ({ topic, numPartitions: this.#partitions })) });
  }

  /** Runs instances for as long as the steps say, one after the other, and the last one until the outputs are complete. */
  readonly body: ClientBody = async (run) => {
    const { platform, plan } = run;
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      if (step.do === 'stream') await this.#run(platform, plan, run.sleep(step.ms ?? 0));
    }
    await this.#run(platform, plan, this.#complete());
  };

  /** Runs one more instance, on a machine that has been used or on one that knows nothing, and sees whether it goes on right. */
  async goOn(client: string, { isFresh }: { readonly isFresh: boolean }): Promise<void> {
    const node = this.#world.clients.find(({ name }) => name === client);
    if (node === undefined || this.#late.length > 0) return;
    node.platform?.crash();
    const platform = this.#world.sim.platform(isFresh ? 'fresh' : node.platform?.name);
    await this.#run(platform, node.plan, this.#probe());
  }

  /** Judges everything that was written. No instance may run any more. */
  async check(): Promise<Anomaly[]> {
    const failures = this.#failures.filter((error) => !(error instanceof ClientError));
    const broken = failures.map((error) => anomaly('broken-invariant', error instanceof Error ? error.stack : error));
    if (this.#late.length > 0) return [...broken, ...this.#late.map((text) => anomaly('wrong-output', text))];
    const changelogs = namesOf(this.#shape).stores.map(changelogOf);
    await using reader = new CommittedReader(this.#world, this.#places(changelogs));
    const unstable = await reader.unstable();
    const outcome = new Outcome(this.#shape);
    await reader.readOn((row) => outcome.take(row));
    const wrong = [...outcome.differences(), ...outcome.changelogDifferences(changelogOf)];
    return [
      ...broken,
      ...unstable.map((place) => anomaly('not-quiet', `A transaction is still open in ${place}`)),
      ...wrong.map((text) => anomaly('wrong-output', text)),
    ];
  }

  #run(platform: SimPlatform, { options }: ClientPlan, until: Promise<unknown>): Promise<void> {
    const { bootstrap: brokers } = this.#world.broker;
    const onFailure = (error: unknown) => void this.#failures.push(error);
    return runInstance(
      { topology: this.#topology, brokers, platform: this.#watch(platform), options, onFailure },
      until,
    );
  }

  /** Resolves when nothing goes wrong any more, and the outputs are complete, those of one more record of each name too. */
  #complete(): Promise<void> {
    this.#completion ??= (async () => {
      const producers = () => this.#world.clients.filter(({ plan }) => plan.role === 'producer');
      while (!this.#world.isHealed || producers().some(({ isDone }) => !isDone)) await pause(this.#world, 100);
      await this.#untilComplete();
      await this.#probe();
    })();
    return this.#completion;
  }

  /** Asks every store for every key that it has, by a record that changes it. */
  async #probe(): Promise<void> {
    if (this.#late.length > 0) return;
    await this.#sendProbes(await this.#untilComplete());
    await this.#untilComplete();
  }

  async #untilComplete(): Promise<Outcome> {
    await using reader = new CommittedReader(this.#world, this.#places());
    const outcome = new Outcome(this.#shape);
    const giveUpAtMs = this.#world.sim.elapsedMs + completeWithinMs;
    for (;;) {
      await reader.readOn((row) => outcome.take(row));
      this.#late = outcome.differences();
      if (this.#late.length === 0 || this.#world.sim.elapsedMs > giveUpAtMs) return outcome;
      await pause(this.#world, 100);
    }
  }

  /** A record of each name, in a window that there is. */
  async #sendProbes(outcome: Outcome): Promise<void> {
    const { history } = this.#world;
    const sends = this.#keys.flatMap((key) =>
      Array.from({ length: names }, () => [key, this.#world.newValue()] as const),
    );
    const asked = sends.map(([key, value]): MicroOperation => ['send', key, value]);
    const invocation = history.invoke(history.newProcess(), 'send', asked);
    const producer = this.#world.helper().producer();
    const offsets = await Promise.all(
      sends.map(async ([key, value]) => {
        const { topic, partition } = this.#world.partitionOf(key);
        const name = this.#nameOf(value, key);
        const known = outcome.of(topic).find((row) => row.key.toString() === name);
        const message = { partition, key: name, value: textOf(value) };
        const timed = known === undefined || topic !== 'orders' ? message : { ...message, timestamp: known.timestamp };
        const [sent] = await producer.send({ topic, messages: [timed] });
        return sent?.baseOffset ?? null;
      }),
    );
    invocation.ok(sends.map(([key, value], at): MicroOperation => ['send', key, [offsets[at] ?? null, value]]));
    await producer.close();
  }

  #places(more: readonly string[] = []): TopicPartition[] {
    const { inputs, outputs } = namesOf(this.#shape);
    return [...inputs, ...outputs, ...more].flatMap((topic) =>
      Array.from({ length: this.#partitions }, (_, partition) => ({ topic, partition })),
    );
  }

  /** A name belongs to one partition, as it does where names choose partitions. */
  #nameOf(value: Value, key: Key): string {
    return `p${this.#world.partitionOf(key).partition}n${value % names}`;
  }
}

function changelogOf(store: string): string {
  return `${applicationId}-${store}-changelog`;
}

function anomaly(name: AnomalyName, text: unknown): Anomaly {
  return { name, text: String(text) };
}
