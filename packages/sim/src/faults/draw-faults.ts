import type { Random } from '@nagare/base';
import { type BrokerPart, failpointNames } from './failpoints.ts';
import type { Fault, FaultKind } from './fault.ts';

export interface FaultRange {
  /** Faults are drawn from the start on up to this time. */
  readonly untilMs: number;
  /** The clients that may crash, stop or come back as zombies. */
  readonly clients: readonly string[];
  /** Kinds that the scenario cannot bear. */
  readonly without?: readonly FaultKind[];
  /** The parts of the broker that are used, beside those that always are. */
  readonly parts?: readonly BrokerPart[];
}

/** A part of the faults' time in which none begins, one in four. */
const periodMs = 5_000;
const quietShare = 0.25;
/** How many faults of a kind a run may have; the worse it is, the fewer. */
const countsMax: Readonly<Record<FaultKind, number>> = {
  'broker-crash': 4,
  'broker-power-loss': 3,
  'broker-restart': 3,
  'broker-pause': 2,
  failpoint: 4,
  resets: 3,
  refusals: 2,
  fragments: 2,
  'slow-network': 2,
  partition: 2,
  stall: 8,
  'slow-disk': 2,
  'disk-error': 2,
  'disk-full': 1,
  'clock-jump': 3,
  'clock-rate': 2,
  'client-crash': 3,
  'client-pause': 2,
  zombie: 2,
};

/** Every kind of fault there is. */
export const faultKinds = Object.keys(countsMax) as readonly FaultKind[];

/**
 * Draws the faults of a run: first which kinds it has at all, about a third, so that runs differ and some kinds get to
 * be alone; then how many of each and when.
 */
export function drawFaults(random: Random, range: FaultRange): Fault[] {
  const quiet = Array.from({ length: Math.ceil(range.untilMs / periodMs) }, () => random.next() < quietShare);
  const share = random.next() * 0.7;
  const faults: Fault[] = [];
  for (const kind of faultKinds) {
    const isIn = random.next() < share;
    const count = 1 + random.below(countsMax[kind]);
    const needsClient = kind === 'client-crash' || kind === 'client-pause' || kind === 'zombie';
    if (!isIn || range.without?.includes(kind) || (needsClient && range.clients.length === 0)) continue;
    for (let index = 0; index < count; index += 1) {
      const atMs = random.below(range.untilMs);
      const fault = drawFault(random, kind, { ...range, atMs });
      if (!quiet[Math.floor(atMs / periodMs)]) faults.push(fault);
    }
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

type Draw = FaultRange & { readonly atMs: number };

/** Milliseconds between two bounds, the small ones more often. */
function someMs(random: Random, min: number, max: number): number {
  return Math.round(min * (max / min) ** random.next());
}

function drawFault(random: Random, kind: FaultKind, { atMs, clients, parts = [] }: Draw): Fault {
  const client = clients[random.below(Math.max(1, clients.length))] ?? '';
  switch (kind) {
    case 'broker-crash':
    case 'broker-power-loss':
      return { kind, atMs, downMs: someMs(random, 10, 5_000) };
    case 'broker-restart':
      return { kind, atMs, patienceMs: someMs(random, 500, 15_000) };
    case 'failpoint':
      return drawFailpoint(random, atMs, failpointNames(parts));
    case 'resets':
    case 'refusals':
    case 'fragments':
      return { kind, atMs, ms: someMs(random, 200, 8_000), rate: random.next() * (kind === 'resets' ? 0.15 : 0.6) };
    case 'slow-network':
      return { kind, atMs, ms: someMs(random, 500, 5_000), latencyMs: someMs(random, 10, 400) };
    case 'partition': {
      const direction = (['from', 'to', 'both'] as const)[random.below(3)]!;
      return { kind, atMs, ms: someMs(random, 100, 8_000), direction };
    }
    case 'stall':
      return { kind, atMs, ms: someMs(random, 100, 10_000), nth: random.below(20) };
    case 'slow-disk':
      return { kind, atMs, ms: someMs(random, 500, 5_000), syncMs: someMs(random, 50, 3_000) };
    case 'disk-error': {
      const operation = (['read', 'write', 'sync', 'sync'] as const)[random.below(4)]!;
      return { kind, atMs, operation, repairMs: someMs(random, 100, 5_000) };
    }
    case 'disk-full':
      return { kind, atMs, ms: someMs(random, 500, 5_000), roomBytes: random.below(2_000) };
    default:
      return drawMore(random, kind, { atMs, client });
  }
}

function drawMore(
  random: Random,
  kind: 'broker-pause' | 'clock-jump' | 'clock-rate' | 'client-crash' | 'client-pause' | 'zombie',
  { atMs, client }: { readonly atMs: number; readonly client: string },
): Fault {
  switch (kind) {
    case 'broker-pause':
      return { kind, atMs, ms: someMs(random, 50, 12_000) };
    case 'clock-jump':
      return { kind, atMs, byMs: Math.round((random.next() * 2 - 1) * [500, 60_000, 3_600_000][random.below(3)]!) };
    case 'clock-rate':
      return { kind, atMs, ms: someMs(random, 500, 10_000), rate: [0, 0.98, 1.02][random.below(3)]! };
    case 'client-crash':
      return { kind, atMs, client, downMs: someMs(random, 10, 3_000) };
    case 'client-pause':
    case 'zombie':
      return { kind, atMs, client, ms: someMs(random, 500, 20_000) };
  }
}

/** The how many-th operation it is: a run has few of most. */
const nths = [1, 1, 1, 1, 2, 2, 3, 6] as const;

function drawFailpoint(random: Random, atMs: number, names: readonly string[]): Fault {
  return {
    kind: 'failpoint',
    atMs,
    name: names[random.below(names.length)]!,
    nth: nths[random.below(nths.length)]!,
    moment: random.below(2) === 0 ? 'before' : 'after',
    ending: random.below(2) === 0 ? 'crash' : 'power-loss',
    downMs: someMs(random, 10, 2_000),
  };
}
