import type { Random } from '@nagare/base';
import type { Anomaly } from '../checkers/anomaly.ts';
import { besideCompaction } from '../checkers/check-history.ts';
import { compactedWrong } from '../checkers/final-state.ts';
import { HistoryIndex } from '../checkers/history-index.ts';
import { pause } from '../clients/pause.ts';
import { producing } from '../clients/producing.ts';
import { reading } from '../clients/reading.ts';
import { writing } from '../clients/transacting.ts';
import type { Key, Value } from '../history/event.ts';
import type { ClientPlan, Step } from '../run/plan.ts';
import type { RecordName, World } from '../world/world.ts';
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

const names = 6;

/** A compacted log under transactions and deletions: the last committed value of each name is the one that is left. */
export const compaction: Scenario = {
  name: 'compaction',
  draw,
  brokerOf: (plan) => brokerOnDisk(plan, { ...transactionSettings, 'log.cleaner.backoff.ms': 300 }),
  async setUp(world) {
    world.nameOf = nameOf;
    const configs = {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '400',
      'segment.ms': String(world.plan.setup.segmentMs),
    };
    await createTopic(world, 'stock', { partitions: 2, configs });
  },
  bodyOf(world, role) {
    if (role === 'writer') return writing(world);
    return role === 'producer' ? producing(world) : reading(world);
  },
  check,
};

/** The value decides the name: values come one after the other, so that names repeat all the time. */
function nameOf(value: Value): RecordName {
  return { name: `n${value % names}`, isTombstone: value % 7 === 0 };
}

function draw(random: Random): Draft {
  const faultsEndMs = 6_000 + random.below(15_000);
  const plan = (name: string, role: string, steps: readonly Step[], options: ClientPlan['options']): ClientPlan => {
    return { name, role, options, steps: paced(random, steps, faultsEndMs) };
  };
  const writers = Array.from({ length: 1 + random.below(2) }, (_, index) => {
    const steps = Array.from({ length: 8 + random.below(10) }, (): Step => {
      return { do: 'txn', keys: someKeys(random, 2, 5), flag: random.below(3) === 0, thinkMs: drawThinkMs(random) };
    });
    const options = { ...drawProducerOptions(random), transactionTimeoutMs: 1_000 + random.below(5_000) };
    return plan(`writer-${index}`, 'writer', steps, options);
  });
  const sends = Array.from({ length: 10 }, (): Step => ({ do: 'send', keys: someKeys(random, 2, 4) }));
  const polls = Array.from({ length: 10 }, (): Step => ({ do: 'poll', ms: 200 }));
  return {
    setup: { ...drawBrokerSetup(random), segmentMs: 20 + random.below(400) },
    clients: [
      ...writers,
      plan('producer', 'producer', sends, drawProducerOptions(random)),
      plan('reader', 'reader', [{ do: 'assign', keys: [0, 1] }, ...polls], { isolation: 'rc' }),
    ],
    faultsEndMs,
    parts: ['transactions', 'cleaner'],
  };
}

async function check(world: World): Promise<readonly Anomaly[]> {
  // Time for a few rounds of compaction, and for tombstones to go.
  await pause(world, 3_000);
  const anomalies = besideCompaction(await finalChecks(world));
  const index = new HistoryIndex(world.history.events);
  return [...anomalies, ...[0, 1].flatMap((key) => compactedWrong(partitionOf(index, key)))];
}

function partitionOf(index: HistoryIndex, key: Key) {
  const order = index.orders.get(key);
  const written = (order?.values ?? []).map((value, place) => recordOf(value, order?.offsets[place] ?? -1));
  const lastReader = index.operations.at(-1)?.process;
  const reads = index.operations
    .filter(({ process }) => process === lastReader)
    .flatMap((operation) => operation.reads);
  const found = reads.filter((read) => read.key === key).map(({ value, offset }) => recordOf(value, offset));
  const unknown = [...index.writes.values()].filter((write) => write.key === key && write.status === 'info');
  const deletions = unknown.map(({ value }) => nameOf(value)).filter(({ isTombstone }) => isTombstone);
  return { key, written, found, maybeDeleted: new Set(deletions.map(({ name }) => name)) };
}

function recordOf(value: Value, offset: number) {
  const { name, isTombstone } = nameOf(value);
  return { name, value: isTombstone ? null : String(value), offset };
}
