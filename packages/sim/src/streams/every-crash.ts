import type { Ending } from '@nagare/base/sim';
import type { Anomaly } from '../checkers/anomaly.ts';
import { producing } from '../clients/producing.ts';
import type { Plan } from '../run/plan.ts';
import { runPlan } from '../run/run-plan.ts';
import { brokerOnDisk, groupSettings, transactionSettings } from '../scenarios/drawing.ts';
import { finalChecks } from '../scenarios/final-checks.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { World } from '../world/world.ts';
import { Application } from './application.ts';
import { watchDisk, watchedPlatform } from './watched-platform.ts';

/** A place between two operations at which a process of a small application ends, and comes back. */
export interface CrashPlace {
  readonly of: 'application' | 'broker';
  /** The how many-th operation, from 1. */
  readonly nth: number;
  readonly ending: Ending;
}

export interface CrashResult {
  readonly errors: readonly Anomaly[];
  /** How many operations the application and the broker came to. */
  readonly operations: Readonly<Record<CrashPlace['of'], number>>;
}

const downMs = 20;

/** An input, a count of it by another key, an output; six records, and three more that ask the store. */
const plan: Plan = {
  scenario: 'every-crash',
  seed: 1,
  setup: { segmentMs: 3_600_000, checkpointMs: 60_000, partitions: 1, hasWindows: false, hasJoin: false },
  clients: [
    {
      ...{ name: 'producer', role: 'producer', options: { lingerMs: 0 } },
      steps: [2, 2, 2].flatMap((count) => [
        { do: 'send', keys: Array.from({ length: count }, () => 0) },
        { do: 'wait', ms: 150 },
      ]),
    },
    { name: 'instance', role: 'instance', options: {}, steps: [] },
  ],
  faults: [],
  faultsEndMs: 400,
  finale: 'none',
};

/** Runs a small application that ends at one place, or, to count the places, at none. */
export async function runWithCrash(place?: CrashPlace): Promise<CrashResult> {
  const operations = { application: 0, broker: 0 };
  const pass = (world: World, of: CrashPlace['of']) => {
    if (isOver(world)) return;
    operations[of] += 1;
    if (place?.of !== of || place.nth !== operations[of]) return;
    if (of === 'broker') world.broker.end({ ending: place.ending, downMs });
    else world.clients.find(({ name }) => name === 'instance')?.crash({ downMs });
  };
  const machine = place?.ending ?? 'crash';
  const clients = plan.clients.map((client) => {
    return client.role === 'producer' ? client : { ...client, options: { machine, hasState: true } };
  });
  const { errors } = await runPlan({ ...plan, clients }, { scenario: scenarioWith(pass) });
  return { errors, operations };
}

/** What comes then is the last reads, and the end of the broker. */
function isOver({ isHealed, clients }: World): boolean {
  return isHealed && clients.every(({ isDone }) => isDone);
}

const brokerSettings = {
  ...groupSettings,
  ...transactionSettings,
  ...{
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.num.partitions': 1,
  },
};

function scenarioWith(pass: (world: World, of: CrashPlace['of']) => void): Scenario {
  let application: Application;
  return {
    name: plan.scenario,
    draw: () => plan,
    brokerOf: () => brokerOnDisk(plan, brokerSettings),
    async setUp(world) {
      application = new Application(world, (platform) => watchedPlatform(platform, () => pass(world, 'application')));
      await application.createTopics();
      watchDisk(world.broker, () => pass(world, 'broker'));
    },
    bodyOf: (world, role) => (role === 'producer' ? producing(world) : application.body),
    check: async (world) => [...(await finalChecks(world)), ...(await application.check())],
  };
}
