import { assert, type Random } from '@nagare/base';
import type { Anomaly } from '../checkers/anomaly.ts';
import { producing } from '../clients/producing.ts';
import type { ClientPlan, Step } from '../run/plan.ts';
import { Application } from '../streams/application.ts';
import type { World } from '../world/world.ts';
import {
  brokerOnDisk,
  drawBrokerSetup,
  drawProducerOptions,
  groupSettings,
  paced,
  someKeys,
  transactionSettings,
} from './drawing.ts';
import { finalChecks } from './final-checks.ts';
import type { Draft, Scenario } from './scenario.ts';

const applications = new WeakMap<World, Application>();

const brokerSettings = {
  ...groupSettings,
  ...transactionSettings,
  'group.initial.rebalance.delay.ms': 0,
  // A broker whose clock was set back refuses records that are too far ahead of it, which ends an application.
  'log.message.timestamp.after.max.ms': Number.MAX_SAFE_INTEGER,
};

/** An application under exactly_once_v2: its outputs, changelogs and stores are what its inputs make of them, once and in order. */
export const streams: Scenario = {
  name: 'streams',
  draw,
  brokerOf: (plan) => brokerOnDisk(plan, brokerSettings),
  async setUp(world) {
    const application = new Application(world);
    applications.set(world, application);
    await application.createTopics();
  },
  bodyOf: (world, role) => (role === 'producer' ? producing(world) : applicationOf(world).body),
  check,
};

function draw(random: Random): Draft {
  const partitions = 1 + random.below(2);
  const faultsEndMs = 4_000 + random.below(12_000);
  const hasJoin = random.below(2) === 0;
  const keys = partitions * (hasJoin ? 3 : 1);
  const sends = Array.from({ length: 6 + random.below(10) }, (): Step => {
    return { do: 'send', keys: someKeys(random, keys, 6) };
  });
  const producer: ClientPlan = {
    ...{ name: 'producer', role: 'producer', options: drawProducerOptions(random) },
    steps: paced(random, sends, faultsEndMs),
  };
  const instances = Array.from({ length: 2 }, (_, index): ClientPlan => {
    const steps = Array.from({ length: random.below(4) }, (): Step => ({ do: 'stream', ms: random.below(5_000) }));
    const options = drawInstanceOptions(random);
    return { name: `instance-${index}`, role: 'instance', options, steps: paced(random, steps, faultsEndMs / 4) };
  });
  return {
    setup: {
      ...{ ...drawBrokerSetup(random), partitions, hasJoin, hasWindows: random.below(2) === 0 },
      endsFresh: random.below(2) === 0,
    },
    clients: [producer, ...instances],
    faultsEndMs,
    parts: ['offsets', 'transactions'],
  };
}

function drawInstanceOptions(random: Random): ClientPlan['options'] {
  return {
    machine: (['new', 'crash', 'crash', 'power-loss'] as const)[random.below(4)]!,
    hasState: random.below(4) > 0,
    commitIntervalMs: 20 + random.below(600),
    sessionTimeoutMs: 1_500 + random.below(3_000),
    requestTimeoutMs: 400 + random.below(2_500),
    maxTaskIdleMs: [0, 0, -1, 100][random.below(4)]!,
    bufferedRecords: [1, 5, 1_000][random.below(3)]!,
    uncommittedBytesMax: [50, 1_000_000][random.below(2)]!,
    purgeIntervalMs: [200, 2_000, 30_000][random.below(3)]!,
  };
}

async function check(world: World): Promise<readonly Anomaly[]> {
  const application = applicationOf(world);
  await application.goOn('instance-0', { isFresh: world.plan.setup.endsFresh === true });
  return [...(await finalChecks(world)), ...(await application.check())];
}

function applicationOf(world: World): Application {
  const application = applications.get(world);
  assert(application !== undefined, 'a world has its application from setUp() on');
  return application;
}
