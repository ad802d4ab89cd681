import type { DiskErrorCode } from '../disk.ts';
import type { Random } from '../random.ts';
import { Volume } from './volume.ts';

/** How a simulated disk misbehaves. Rates are probabilities per operation. */
export interface DiskFaults {
  /** How long any operation but a sync takes, shortest and longest. */
  latencyMs: readonly [number, number];
  /** How long a sync takes, shortest and longest. */
  syncMs: readonly [number, number];
  readErrorRate: number;
  writeErrorRate: number;
  syncErrorRate: number;
  /** The size of the disk: writes beyond it fail with ENOSPC. */
  bytesMax: number;
}

const noFaults: DiskFaults = {
  latencyMs: [0.01, 0.1],
  syncMs: [0.1, 1],
  readErrorRate: 0,
  writeErrorRate: 0,
  syncErrorRate: 0,
  bytesMax: Number.POSITIVE_INFINITY,
};

export type FailingOperation = 'read' | 'write' | 'sync';

/** A node's machine as far as it outlives its process: the files, and how the disk behaves. */
export class DiskMachine {
  readonly volume = new Volume();
  readonly faults: DiskFaults = { ...noFaults };
  readonly #planned: { readonly operation: FailingOperation; readonly code: DiskErrorCode }[] = [];

  failNext(operation: FailingOperation, code: DiskErrorCode): void {
    this.#planned.push({ operation, code });
  }

  forgetFailures(): void {
    this.#planned.length = 0;
  }

  /** The error that an operation must have, drawn or planned. */
  faultOf(operation: FailingOperation, random: Random): DiskErrorCode | undefined {
    const planned = this.#planned.findIndex((plan) => plan.operation === operation);
    if (planned >= 0) return this.#planned.splice(planned, 1)[0]!.code;
    const rate = this.faults[`${operation}ErrorRate`];
    return rate > 0 && random.next() < rate ? 'EIO' : undefined;
  }

  /** How many of `bytes` more fit. */
  room(growth: number): number {
    if (this.faults.bytesMax === Number.POSITIVE_INFINITY) return growth;
    return Math.max(0, Math.min(growth, this.faults.bytesMax - this.volume.usedBytes()));
  }
}
