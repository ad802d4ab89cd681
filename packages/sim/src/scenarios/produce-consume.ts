import type { Random } from '@nagare/base';
import { observing } from '../clients/observing.ts';
import { producing } from '../clients/producing.ts';
import { reading } from '../clients/reading.ts';
import type { ClientPlan, Step } from '../run/plan.ts';
import { brokerOnDisk, drawBrokerSetup, drawProducerOptions, paced, someKeys } from './drawing.ts';
import { finalChecks } from './final-checks.ts';
import type { Draft, Scenario } from './scenario.ts';
import { createTopic } from './topics.ts';

/** Idempotent producers and readers of their own choice of partitions: nothing acknowledged is lost, doubled or moved. */
export const produceConsume: Scenario = {
  name: 'produce-consume',
  draw,
  brokerOf: (plan) => brokerOnDisk(plan),
  async setUp(world) {
    await createTopic(world, 'orders', { partitions: Number(world.plan.setup.partitions) });
  },
  bodyOf(world, role) {
    if (role === 'producer') return producing(world);
    return role === 'reader' ? reading(world) : observing(world);
  },
  check: finalChecks,
};

function draw(random: Random): Draft {
  const partitions = 1 + random.below(3);
  const faultsEndMs = 5_000 + random.below(20_000);
  const producers = Array.from({ length: 1 + random.below(3) }, (_, index): ClientPlan => {
    const steps = Array.from({ length: 10 + random.below(25) }, (): Step => {
      return { do: 'send', keys: someKeys(random, partitions, 8) };
    });
    const options = drawProducerOptions(random);
    return { name: `producer-${index}`, role: 'producer', options, steps: paced(random, steps, faultsEndMs) };
  });
  const readers = Array.from({ length: 1 + random.below(2) }, (_, index): ClientPlan => {
    const polls = Array.from({ length: 10 + random.below(20) }, (): Step => {
      return random.below(10) === 0
        ? { do: 'assign', keys: distinctKeys(random, partitions) }
        : { do: 'poll', ms: 200 };
    });
    const steps = [{ do: 'assign', keys: allKeys(partitions) }, ...paced(random, polls, faultsEndMs)];
    const options = { isolation: random.below(2) === 0 ? 'rc' : 'ru', requestTimeoutMs: 300 + random.below(2_000) };
    return { name: `reader-${index}`, role: 'reader', options, steps };
  });
  const asks = Array.from({ length: 8 }, (): Step => ({ do: 'ends', keys: allKeys(partitions) }));
  const observer = { name: 'observer', role: 'observer', options: {}, steps: paced(random, asks, faultsEndMs) };
  return {
    setup: { ...drawBrokerSetup(random), partitions },
    clients: [...producers, ...readers, observer],
    faultsEndMs,
  };
}

function allKeys(count: number): number[] {
  return Array.from({ length: count }, (_, key) => key);
}

function distinctKeys(random: Random, count: number): number[] {
  const some = allKeys(count).filter(() => random.below(2) === 0);
  return some.length === 0 ? [random.below(count)] : some;
}
