import { type FaultKind, faultKinds, type RunResult } from '@nagare/sim';

/** What is counted of a run. */
export interface RunFigures {
  readonly scenario: string;
  readonly seed: number;
  readonly isWrong: boolean;
  readonly cpuMs: number;
  readonly simulatedMs: number;
  /** Operations that clients began and learned the end of. */
  readonly operations: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
}

/** What many runs come to. */
export interface Figures {
  readonly seeds: number;
  readonly failed: number;
  readonly seedsPerCpuSecond: number;
  readonly simulatedHours: number;
  readonly operations: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
}

/** Runs something and counts the time of the processor that it took. */
export async function measured(run: () => Promise<RunResult>): Promise<{ result: RunResult; figures: RunFigures }> {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  const { plan, errors, simulatedMs, history, faultCounts } = result;
  const figures = {
    scenario: plan.scenario,
    seed: plan.seed,
    isWrong: errors.length > 0,
    cpuMs: (user + system) / 1_000,
    simulatedMs,
    operations: history.filter(({ type }) => type !== 'invoke').length,
    faults: Object.fromEntries(faultCounts),
  };
  return { result, figures };
}

/** Adds up runs. */
export function sumOf(runs: readonly RunFigures[]): Figures {
  const total = (of: (run: RunFigures) => number) => runs.reduce((sum, run) => sum + of(run), 0);
  return {
    seeds: runs.length,
    failed: total(({ isWrong }) => Number(isWrong)),
    seedsPerCpuSecond: runs.length / (total(({ cpuMs }) => cpuMs) / 1_000),
    simulatedHours: total(({ simulatedMs }) => simulatedMs) / 3_600_000,
    operations: total(({ operations }) => operations),
    faults: new Map(faultKinds.map((kind) => [kind, total(({ faults }) => faults[kind] ?? 0)])),
  };
}
