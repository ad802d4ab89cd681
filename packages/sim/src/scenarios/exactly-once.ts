import type { Random } from '@nagare/base';
import type { Anomaly } from '../checkers/anomaly.ts';
import { consumedOnce, outputsOfInputs } from '../checkers/exactly-once.ts';
import { lostCommits } from '../checkers/group-offsets.ts';
import { HistoryIndex } from '../checkers/history-index.ts';
import { committedBy, groupAnomalies } from '../clients/final-group.ts';
import { producing } from '../clients/producing.ts';
import { transforming } from '../clients/transforming.ts';
import type { Key, Offset } from '../history/event.ts';
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
  transactionSettings,
} from './drawing.ts';
import { finalChecks } from './final-checks.ts';
import type { Draft, Scenario } from './scenario.ts';
import { createTopic } from './topics.ts';

const input = 'orders';
const output = 'invoices';
const groupId = 'billing';

/** A group reads, writes and commits in transactions: each input is in the output once, in order, and in no other way. */
export const exactlyOnce: Scenario = {
  name: 'exactly-once',
  draw,
  brokerOf: (plan) => brokerOnDisk(plan, { ...groupSettings, ...transactionSettings }),
  async setUp(world) {
    const partitions = Number(world.plan.setup.partitions);
    await createTopic(world, input, { partitions });
    await createTopic(world, output, { partitions });
  },
  bodyOf(world, role) {
    if (role === 'producer') return producing(world);
    return transforming(world, {
      groupId,
      topics: [input],
      processes: new Map(),
      outputOf: (key) => key + Number(world.plan.setup.partitions),
      note: (value, from) => world.notes.set(value, from),
    });
  },
  check,
};

function draw(random: Random): Draft {
  const partitions = 1 + random.below(3);
  const faultsEndMs = 8_000 + random.below(20_000);
  const sends = Array.from({ length: 10 + random.below(10) }, (): Step => {
    return { do: 'send', keys: someKeys(random, partitions, 5) };
  });
  const producer: ClientPlan = {
    ...{ name: 'producer', role: 'producer', options: drawProducerOptions(random) },
    steps: paced(random, sends, faultsEndMs),
  };
  const workers = Array.from({ length: 1 + random.below(3) }, (_, index): ClientPlan => {
    const steps = Array.from({ length: 15 + random.below(15) }, (): Step => {
      return {
        do: random.below(6) === 0 ? 'hand-over' : 'transform',
        ms: 200,
        flag: random.below(12) === 0,
        thinkMs: drawThinkMs(random),
      };
    });
    const options = {
      ...drawProducerOptions(random),
      transactionTimeoutMs: 1_000 + random.below(9_000),
      sessionTimeoutMs: 1_500 + random.below(3_000),
    };
    return { name: `worker-${index}`, role: 'worker', options, steps: paced(random, steps, faultsEndMs) };
  });
  return {
    setup: { ...drawBrokerSetup(random), partitions },
    clients: [producer, ...workers],
    faultsEndMs,
    parts: ['offsets', 'transactions'],
  };
}

async function check(world: World): Promise<readonly Anomaly[]> {
  const partitions = Number(world.plan.setup.partitions);
  const anomalies = await finalChecks(world);
  const committed = await committedBy(world, groupId);
  const index = new HistoryIndex(world.history.events);
  const inputs = new Map<Key, readonly Offset[]>();
  for (let key = 0; key < partitions; key += 1) inputs.set(key, index.orders.get(key)?.offsets ?? []);
  const outputs = [...index.orders].flatMap(([key, { values }]) =>
    key < partitions ? [] : values.map((value) => ({ key, value, from: fromOf(world, value) })),
  );
  return [
    ...anomalies,
    ...lostCommits(index, committed),
    ...consumedOnce(index, { committed, inputs: new Set(inputs.keys()) }),
    ...outputsOfInputs({ inputs, committed, outputs }),
    ...(await groupAnomalies(world, groupId, committed)),
  ];
}

function fromOf(world: World, value: number): { readonly key: Key; readonly offset: Offset } {
  return world.notes.get(value) as { readonly key: Key; readonly offset: Offset };
}
