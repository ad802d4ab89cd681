import type { Random } from '@nagare/base';
import type { Anomaly } from '../checkers/anomaly.ts';
import { metadataLost } from '../checkers/final-state.ts';
import { administering, type TopicsTold } from '../clients/administering.ts';
import { producing } from '../clients/producing.ts';
import { reading } from '../clients/reading.ts';
import type { ClientPlan, Step } from '../run/plan.ts';
import type { World } from '../world/world.ts';
import { brokerOnDisk, drawBrokerSetup, drawProducerOptions, paced, someKeys } from './drawing.ts';
import { finalChecks } from './final-checks.ts';
import type { Draft, Scenario } from './scenario.ts';
import { createTopic } from './topics.ts';

const topic = 'orders';
const toldOfWorlds = new WeakMap<World, TopicsTold>();

/** Topics come and go, partitions are added, records deleted and settings changed, under producers and readers. */
export const adminChurn: Scenario = {
  name: 'admin-churn',
  draw,
  brokerOf: (plan) => brokerOnDisk(plan),
  async setUp(world) {
    await createTopic(world, topic, { partitions: 2 });
  },
  bodyOf(world, role) {
    if (role === 'producer') return producing(world);
    return role === 'reader' ? reading(world) : administering(world, topic, toldOf(world));
  },
  async check(world) {
    return [...(await finalChecks(world)), ...(await checkTopics(world))];
  },
};

function toldOf(world: World): TopicsTold {
  const told = toldOfWorlds.get(world) ?? { known: new Map(), open: new Set() };
  toldOfWorlds.set(world, told);
  return told;
}

async function checkTopics(world: World): Promise<readonly Anomaly[]> {
  await using admin = world.helper().admin();
  const listed = await admin.listTopics();
  return metadataLost(toldOf(world).known, new Set(listed.map((each) => each.topic)));
}

function draw(random: Random): Draft {
  const faultsEndMs = 6_000 + random.below(15_000);
  const plan = (role: string, steps: readonly Step[], options: ClientPlan['options'] = {}): ClientPlan => {
    return { name: role, role, options, steps: paced(random, steps, faultsEndMs) };
  };
  const sends = Array.from({ length: 20 }, (): Step => ({ do: 'send', keys: someKeys(random, 5, 5) }));
  const polls = Array.from({ length: 12 }, (): Step => ({ do: 'poll', ms: 200 }));
  const changes = Array.from({ length: 12 }, (): Step => {
    const what = ['create', 'create', 'delete', 'add-partitions', 'delete-records', 'alter'][random.below(6)]!;
    return { do: what, count: random.below(4), keys: [random.below(2)] };
  });
  return {
    setup: drawBrokerSetup(random),
    clients: [
      plan('producer', sends, drawProducerOptions(random)),
      plan('reader', [{ do: 'assign', keys: [0, 1] }, ...polls]),
      plan('administrator', changes),
    ],
    faultsEndMs,
    parts: ['deletion'],
  };
}
