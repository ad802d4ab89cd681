import type { Anomaly } from '../checkers/anomaly.ts';
import { errorsIn } from '../checkers/check-history.ts';
import { messageOf } from '../clients/values.ts';
import { scheduleFaults } from '../faults/apply-fault.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { World } from '../world/world.ts';
import type { Plan } from './plan.ts';

/** What a run came to. */
export interface RunResult {
  readonly plan: Plan;
  /** Everything that is wrong; what is allowed is not in it. */
  readonly errors: readonly Anomaly[];
  readonly history: readonly HistoryEvent[];
  /** A hash of all that happened: two runs of a plan have the same. */
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly faultCounts: ReadonlyMap<FaultKind, number>;
}

/** How long clients may take to end after everything is healed, and the last reads, in simulated time. */
const liveWithinMs = { clients: 120_000, checks: 120_000, broker: 30_000 } as const;

/** Runs a plan: faults, then none, then the judgement. */
export async function runPlan(
  plan: Plan,
  options: { readonly scenario: Scenario; readonly trace?: (line: string) => void },
): Promise<RunResult> {
  const { scenario, trace } = options;
  const world = new World(plan, { broker: scenario.brokerOf(plan), ...(trace === undefined ? {} : { trace }) });
  let anomalies: readonly Anomaly[];
  try {
    anomalies = await play(world, scenario);
  } catch (error) {
    // An event that throws ends a simulation: an invariant of the code under test did not hold.
    anomalies = [{ name: 'broken-invariant', text: error instanceof Error ? `${error.stack}` : String(error) }];
  }
  return {
    plan,
    errors: errorsIn(anomalies),
    history: world.history.events,
    traceHash: world.sim.traceHash,
    simulatedMs: world.sim.elapsedMs,
    faultCounts: world.faultCounts,
  };
}

async function play(world: World, scenario: Scenario): Promise<readonly Anomaly[]> {
  const { sim, plan, broker } = world;
  broker.start();
  if (!(await passes(world, () => broker.isUp, liveWithinMs.broker))) return [stuck(world, 'the first start')];
  await sim.complete(scenario.setUp(world));
  const startMs = sim.elapsedMs;
  scheduleFaults(world);
  world.startClients((role) => scenario.bodyOf(world, role));
  const isDone = () => world.clients.every((client) => client.isDone);
  await passes(world, () => isDone() || sim.elapsedMs >= startMs + plan.faultsEndMs, plan.faultsEndMs + 1);
  world.heal();
  if (!(await passes(world, isDone, liveWithinMs.clients))) return [stuck(world, 'clients')];
  const failures = world.clients.flatMap(({ name, failures: all }) => all.map((error) => failed(name, error)));
  if (plan.finale === 'restart') broker.restart({ patienceMs: 20_000 });
  else if (plan.finale !== 'none') broker.end({ ending: plan.finale, downMs: 100 });
  if (!(await passes(world, () => broker.isUp, liveWithinMs.broker))) return [...failures, stuck(world, 'the broker')];
  const checks = watch(scenario.check(world));
  if (!(await passes(world, () => checks.isSettled, liveWithinMs.checks))) {
    return [...failures, stuck(world, 'the last reads')];
  }
  const found = await checks.promise;
  await sim.complete(broker.stop());
  return [...failures, ...found];
}

async function passes({ sim }: World, isDone: () => boolean, simMsMax: number): Promise<boolean> {
  const endMs = sim.elapsedMs + simMsMax;
  await sim
    .runUntil(() => isDone() || sim.elapsedMs >= endMs - 1, { simMsMax })
    .catch((error: unknown) => {
      if (!messageOf(error).startsWith('Still waiting')) throw error;
    });
  return isDone();
}

function watch<Value>(promise: Promise<Value>): { readonly promise: Promise<Value>; isSettled: boolean } {
  const watched = { promise, isSettled: false };
  const settle = () => {
    watched.isSettled = true;
  };
  promise.then(settle, settle);
  return watched;
}

function stuck(world: World, what: string): Anomaly {
  const running = world.clients.filter((client) => !client.isDone).map(({ name }) => name);
  const { isUp, startError } = world.broker;
  const broker = isUp ? 'up' : `down: ${messageOf(startError ?? 'it starts')}`;
  return { name: 'not-live', text: `Still waiting for ${what}: ${running.join(', ')}; the broker is ${broker}` };
}

function failed(client: string, error: unknown): Anomaly {
  const text = error instanceof Error ? `${error.stack}` : String(error);
  return { name: 'broken-invariant', text: `${client} failed: ${text}` };
}
