import { type FaultKind, faultKinds, type RunResult } from '@nagare/sim';

/** What many runs come to. */
export interface Figures {
  readonly seeds: number;
  readonly failed: number;
  readonly seedsPerCpuSecond: number;
  readonly simulatedHours: number;
  /** Operations that clients began and learned the end of. */
  readonly operations: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
}

/** Adds up runs as they come, so that their histories need not be kept. */
export class FigureSum {
  #seeds = 0;
  #failed = 0;
  #simulatedMs = 0;
  #operations = 0;
  readonly #faults = new Map<FaultKind, number>(faultKinds.map((kind) => [kind, 0]));
  readonly #cpuAtStart = process.cpuUsage();

  add({ errors, simulatedMs, history, faultCounts }: RunResult): void {
    this.#seeds += 1;
    if (errors.length > 0) this.#failed += 1;
    this.#simulatedMs += simulatedMs;
    this.#operations += history.filter(({ type }) => type !== 'invoke').length;
    for (const [kind, count] of faultCounts) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
  }

  figures(): Figures {
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    return {
      seeds: this.#seeds,
      failed: this.#failed,
      seedsPerCpuSecond: this.#seeds / ((user + system) / 1_000_000),
      simulatedHours: this.#simulatedMs / 3_600_000,
      operations: this.#operations,
      faults: this.#faults,
    };
  }
}
