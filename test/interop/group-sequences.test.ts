import { join } from 'node:path';
import { seededRandom } from '@nagare/base';
import { apis } from '@nagare/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { GroupTwin, look } from './group-twin.ts';

const runs = Number(process.env.NAGARE_RUNS ?? 12);
const stepsOfRun = 40;
const topic = 'group-sequences';
const settings = { 'offsets.topic.num.partitions': '1', 'transaction.state.log.num.partitions': '1' };

/** Both brokers are asked, so that one of the two runs of these tests would tell nothing new. */
const kafka =
  productUnderTest() === 'nagare' ? await ifAvailable('Apache Kafka 4.3.1', () => classPath('kafka-4.3.1')) : undefined;

const scratch = scratchDirectory('sequences');
let brokers: RunningBroker[] = [];

beforeAll(async () => {
  if (kafka === undefined) return;
  brokers = await Promise.all(
    (['kafka', 'nagare'] as const).map((product) =>
      startBroker(product, { dataDirectory: join(scratch.path, product), settings }),
    ),
  );
  await Promise.all(brokers.map(prepare));
}, 180_000);

afterAll(async () => {
  for (const broker of brokers) await broker[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

async function prepare({ bootstrap }: RunningBroker): Promise<void> {
  const twin = new GroupTwin(bootstrap, { topic, groupId: 'warm-up' });
  const created = { name: topic, numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] };
  await twin.ask(apis.createTopics, 5, { topics: [created], timeoutMs: 10_000 });
  for (const keyType of [0, 1]) {
    const find = () => twin.ask(apis.findCoordinator, 2, { key: 'warm-up', keyType });
    await waitFor(async () => ((await find()).errorCode === 0 ? true : undefined), { what: 'a coordinator' });
  }
  await twin.initProducer('warm-up');
  await waitFor(async () => ((await twin.commit(undefined, 1, false)) === 0 ? true : undefined), { what: 'a commit' });
  twin.close();
}

type Act = (twin: GroupTwin) => Promise<unknown>;

/** What happens next, drawn by weight; `free` are the clients that wait for no answer. */
function draw(random: ReturnType<typeof seededRandom>, free: readonly number[]): readonly [string, Act] {
  const client = free[random.below(free.length)] ?? 0;
  const offset = random.below(1_000);
  const protocols = [['range', 'sticky'], ['sticky', 'range'], ['range']][random.below(3)] as string[];
  const version = 5 + 4 * random.below(2);
  const isBehind = random.below(8) === 0;
  const who = random.below(3) === 0 ? undefined : client;
  const isCommit = random.below(2) === 0;
  const byInstance = random.below(2) === 0;
  const acts: readonly (readonly [number, string, Act])[] = [
    [8, `${client} joins for ${protocols} in ${version}`, (twin) => twin.join(client, protocols, version)],
    [8, `${client} syncs${isBehind ? ' behind' : ''}`, (twin) => twin.sync(client, isBehind ? -1 : 0)],
    [3, `${client} sends a heartbeat`, (twin) => twin.heartbeat(client)],
    [1, `${client} leaves`, (twin) => twin.leave(client, byInstance)],
    [1, `${client} starts anew`, async (twin) => twin.restart(client)],
    [3, `${who} commits ${offset}`, (twin) => twin.commit(who, offset, false)],
    [2, 'adds the group to the transaction', (twin) => twin.begin()],
    [3, `${who} stages ${offset}`, (twin) => twin.commit(who, offset, true)],
    [2, `ends the transaction: ${isCommit}`, (twin) => twin.end(isCommit)],
    [1, 'deletes the group', (twin) => twin.deleteGroup()],
    [1, `deletes the offset of ${offset % 4}`, (twin) => twin.deleteOffset(offset % 4)],
  ];
  let place = random.below(acts.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, name, act] of acts) {
    if (place < weight) return [name, act];
    place -= weight;
  }
  throw new RangeError('Weights do not add up');
}

/** The one difference that is meant: we do not keep what nobody has joined. */
async function isForgotten([kafkas, ours]: readonly GroupTwin[]): Promise<boolean> {
  return (await kafkas?.isTouched()) === true && (await ours?.isTouched()) === false;
}

test.skipIf(kafka === undefined)(
  'Apache Kafka and we answer the same to whatever clients of a group do, in whatever order',
  { timeout: 60_000 + runs * 60_000 },
  async () => {
    let steps = 0;
    for (let seed = 1; seed <= runs; seed++) {
      const random = seededRandom(`group-sequence-${seed}`);
      const twins = brokers.map(({ bootstrap }) => new GroupTwin(bootstrap, { topic, groupId: `group-${seed}` }));
      await Promise.all(twins.map((twin) => twin.initProducer(`producer-${seed}`)));
      const told: string[] = [];
      for (let step = 0; step < stepsOfRun; step++) {
        const free = twins[0]?.free ?? [];
        if (free.length === 0) break;
        const [name, act] = draw(random, free);
        told.push(name);
        const answers = await Promise.all(twins.map((twin) => act(twin)));
        const seen = await look(twins);
        if (twins[0]?.leaders !== twins[1]?.leaders || (await isForgotten(twins))) break;
        steps += 1;
        const story = `seed ${seed}: ${told.join('; ')}`;
        expect(answers[1], story).toEqual(answers[0]);
        expect(seen[1], story).toEqual(seen[0]);
      }
      for (const twin of twins) twin.close();
    }
    console.log(`${steps} steps in ${runs} sequences`);
  },
);
