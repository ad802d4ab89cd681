import type { Random } from '@nagare/base';
import { observing } from '../clients/observing.ts';
import { producing } from '../clients/producing.ts';
import { reading } from '../clients/reading.ts';
import { writing } from '../clients/transacting.ts';
import type { ClientPlan, Step } from '../run/plan.ts';
import {
  brokerOnDisk,
  drawBrokerSetup,
  drawProducerOptions,
  drawThinkMs,
  paced,
  someKeys,
  transactionSettings,
} from './drawing.ts';
import { finalChecks } from './final-checks.ts';
import type { Draft, Scenario } from './scenario.ts';
import { createTopic } from './topics.ts';

/** Transactions over several partitions, some of them aborted: readers of committed records see each whole or not at all. */
export const transactions: Scenario = {
  name: 'transactions',
  draw,
  brokerOf: (plan) => brokerOnDisk(plan, transactionSettings),
  async setUp(world) {
    await createTopic(world, 'orders', { partitions: Number(world.plan.setup.partitions) });
  },
  bodyOf(world, role) {
    if (role === 'writer') return writing(world);
    if (role === 'producer') return producing(world);
    return role === 'reader' ? reading(world) : observing(world);
  },
  check: finalChecks,
};

function draw(random: Random): Draft {
  const partitions = 1 + random.below(3);
  const faultsEndMs = 6_000 + random.below(20_000);
  const keys = Array.from({ length: partitions }, (_, key) => key);
  const plan = (name: string, role: string, steps: readonly Step[], options: ClientPlan['options']): ClientPlan => {
    return { name, role, options, steps: paced(random, steps, faultsEndMs) };
  };
  const writers = Array.from({ length: 1 + random.below(3) }, (_, index) => {
    const steps = Array.from({ length: 6 + random.below(12) }, (): Step => {
      return {
        do: 'txn',
        keys: someKeys(random, partitions, 5),
        flag: random.below(6) === 0,
        thinkMs: drawThinkMs(random),
      };
    });
    if (random.below(4) === 0) steps.push({ do: 'abandon', keys: someKeys(random, partitions, 3) });
    const options = { ...drawProducerOptions(random), transactionTimeoutMs: 1_000 + random.below(9_000) };
    return plan(`writer-${index}`, 'writer', steps, options);
  });
  const sends = Array.from({ length: random.below(10) }, (): Step => {
    return { do: 'send', keys: someKeys(random, partitions, 4) };
  });
  const polls = Array.from({ length: 15 }, (): Step => ({ do: 'poll', ms: 200 }));
  const asks = Array.from({ length: 6 }, (): Step => ({ do: 'ends', keys }));
  const clients = [
    ...writers,
    plan('producer', 'producer', sends, drawProducerOptions(random)),
    ...['rc', 'rc', 'ru'].map((isolation, index) =>
      plan(`reader-${index}`, 'reader', [{ do: 'assign', keys }, ...polls], { isolation }),
    ),
    plan('observer', 'observer', asks, {}),
  ];
  return { setup: { ...drawBrokerSetup(random), partitions }, clients, faultsEndMs, parts: ['transactions'] };
}
