import type { Random } from '@nagare/base';
import type { Anomaly } from '../checkers/anomaly.ts';
import { commitsAhead, lostCommits, staleCommits, twoOwners } from '../checkers/group-offsets.ts';
import { HistoryIndex } from '../checkers/history-index.ts';
import { committedBy, groupAnomalies } from '../clients/final-group.ts';
import { consuming, type GroupOfClients } from '../clients/member.ts';
import { producing } from '../clients/producing.ts';
import type { ClientPlan, Step } from '../run/plan.ts';
import type { World } from '../world/world.ts';
import {
  brokerOnDisk,
  drawBrokerSetup,
  drawProducerOptions,
  drawThinkMs,
  groupSettings,
  paced,
  someKeys,
} from './drawing.ts';
import { finalChecks } from './final-checks.ts';
import type { Draft, Scenario } from './scenario.ts';
import { createTopic } from './topics.ts';

const topic = 'orders';
const groupId = 'shop';

/** A group shares partitions, commits, loses members and gets them back: each record is given to it, no commit is lost. */
export const groups: Scenario = {
  name: 'groups',
  draw,
  brokerOf: (plan) =>
    brokerOnDisk(plan, { ...groupSettings, 'group.initial.rebalance.delay.ms': Number(plan.setup.initialDelayMs) }),
  async setUp(world) {
    await createTopic(world, topic, { partitions: Number(world.plan.setup.partitions) });
  },
  bodyOf(world, role) {
    return role === 'producer' ? producing(world) : consuming(world, groupOf(world));
  },
  check,
};

const groupsOfWorlds = new WeakMap<World, GroupOfClients>();

function groupOf(world: World): GroupOfClients {
  const known = groupsOfWorlds.get(world) ?? { groupId, topics: [topic], processes: new Map<number, string>() };
  groupsOfWorlds.set(world, known);
  return known;
}

function draw(random: Random): Draft {
  const partitions = 1 + random.below(4);
  const faultsEndMs = 8_000 + random.below(25_000);
  const sends = Array.from({ length: 15 + random.below(15) }, (): Step => {
    return { do: 'send', keys: someKeys(random, partitions, 5) };
  });
  const producer: ClientPlan = {
    ...{ name: 'producer', role: 'producer', options: drawProducerOptions(random) },
    steps: paced(random, sends, faultsEndMs),
  };
  const assignor = random.below(3) === 0 ? 'range' : 'cooperative-sticky';
  const isStatic = random.below(4) === 0;
  const members = Array.from({ length: 1 + random.below(3) }, (_, index): ClientPlan => {
    const steps = Array.from({ length: 20 + random.below(20) }, (): Step => {
      const what = random.below(20);
      return what === 0
        ? { do: 'leave' }
        : what < 12
          ? { do: 'consume', thinkMs: 2 * drawThinkMs(random) }
          : { do: 'poll' };
    });
    const options = {
      assignor,
      sessionTimeoutMs: 1_500 + random.below(3_000),
      requestTimeoutMs: 300 + random.below(2_000),
      ...(isStatic ? { instanceId: `member-${index}` } : {}),
    };
    return { name: `member-${index}`, role: 'member', options, steps: paced(random, steps, faultsEndMs) };
  });
  return {
    setup: { ...drawBrokerSetup(random), partitions, initialDelayMs: random.below(2) * 500 },
    clients: [producer, ...members],
    faultsEndMs,
    parts: ['offsets'],
  };
}

async function check(world: World): Promise<readonly Anomaly[]> {
  const anomalies = await finalChecks(world);
  const committed = await committedBy(world, groupId);
  const index = new HistoryIndex(world.history.events);
  const { processes } = groupOf(world);
  return [
    ...anomalies,
    ...lostCommits(index, committed),
    ...staleCommits(index),
    ...twoOwners(index, (process) => processes.get(process) ?? process),
    ...commitsAhead(index, committed, new Set(processes.keys())),
    ...(await groupAnomalies(world, groupId, committed)),
  ];
}
