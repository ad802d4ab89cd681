import type { Random } from '@nagare/base';
import type { Anomaly } from '../checkers/anomaly.ts';
import { moneyLost } from '../checkers/exactly-once.ts';
import { HistoryIndex } from '../checkers/history-index.ts';
import { writing } from '../clients/transacting.ts';
import type { ClientPlan, Step } from '../run/plan.ts';
import type { World } from '../world/world.ts';
import {
  brokerOnDisk,
  drawBrokerSetup,
  drawProducerOptions,
  drawThinkMs,
  paced,
  transactionSettings,
} from './drawing.ts';
import { finalChecks } from './final-checks.ts';
import type { Draft, Scenario } from './scenario.ts';
import { createTopic } from './topics.ts';

/** Transfers between accounts, each a partition: whatever goes wrong, the committed amounts add up to nothing. */
export const bank: Scenario = {
  name: 'bank',
  draw,
  brokerOf: (plan) => brokerOnDisk(plan, transactionSettings),
  async setUp(world) {
    await createTopic(world, 'accounts', { partitions: Number(world.plan.setup.partitions) });
  },
  bodyOf: (world) =>
    writing(world, ([from = 0, to = 0]) => {
      const amount = 1 + (to % 1_000);
      world.notes.set(from, -amount).set(to, amount);
    }),
  check,
};

function draw(random: Random): Draft {
  const partitions = 2 + random.below(4);
  const faultsEndMs = 6_000 + random.below(20_000);
  const clients = Array.from({ length: 2 + random.below(3) }, (_, index): ClientPlan => {
    const steps = Array.from({ length: 10 + random.below(15) }, (): Step => {
      const from = random.below(partitions);
      const to = (from + 1 + random.below(partitions - 1)) % partitions;
      return { do: 'txn', keys: [from, to], flag: random.below(8) === 0, thinkMs: drawThinkMs(random) };
    });
    const options = { ...drawProducerOptions(random), transactionTimeoutMs: 1_000 + random.below(9_000) };
    return { name: `teller-${index}`, role: 'teller', options, steps: paced(random, steps, faultsEndMs) };
  });
  return { setup: { ...drawBrokerSetup(random), partitions }, clients, faultsEndMs, parts: ['transactions'] };
}

async function check(world: World): Promise<readonly Anomaly[]> {
  const anomalies = await finalChecks(world);
  const { seenCommitted } = new HistoryIndex(world.history.events);
  return [...anomalies, ...moneyLost([...seenCommitted].map((value) => Number(world.notes.get(value) ?? Number.NaN)))];
}
