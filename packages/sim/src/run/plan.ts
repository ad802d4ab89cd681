import type { Fault } from '../faults/fault.ts';

/** One thing that a client does; which fields it has depends on what. */
export interface Step {
  readonly do: string;
  /** The keys that it is about. */
  readonly keys?: readonly number[];
  readonly ms?: number;
  /** How long it takes its time in the middle. */
  readonly thinkMs?: number;
  readonly count?: number;
  /** A choice of the step that was drawn. */
  readonly flag?: boolean;
}

export interface ClientPlan {
  readonly name: string;
  readonly role: string;
  /** What was drawn for all of its processes, such as timeouts. */
  readonly options: Readonly<Record<string, number | string | boolean>>;
  readonly steps: readonly Step[];
}

/** What a run is: drawn from a seed, as plain data, so that it can be stored, and made smaller. */
export interface Plan {
  readonly scenario: string;
  /** Decides what is drawn while it runs: latencies, survivors of a power loss. */
  readonly seed: number;
  readonly setup: Readonly<Record<string, number | string | boolean>>;
  readonly clients: readonly ClientPlan[];
  readonly faults: readonly Fault[];
  /** When faults end, in milliseconds of simulated time. */
  readonly faultsEndMs: number;
  /** What happens to the broker before the last reads. */
  readonly finale: 'none' | 'crash' | 'power-loss' | 'restart';
}
