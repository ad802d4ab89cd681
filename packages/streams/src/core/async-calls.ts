import { assert } from '@nagare/base';
import type { AsyncLane, AsyncLaneOptions, CallRequest } from '../operators/async-lane.ts';
import type { RawRecord, RecordMetadata } from '../record.ts';

/** The record that a call was made for, as far as it is asked about when the call has ended. */
export interface CallOrigin {
  readonly source: RecordMetadata;
  readonly raw: RawRecord | undefined;
  readonly timestampMs: number;
}

/** What a call has ended with. */
export type CallOutcome = { readonly value: unknown } | { readonly error: unknown };

/** A call of a function of the application that gives its result later. */
export interface AsyncCall {
  readonly node: string;
  readonly request: CallRequest<unknown>;
  readonly origin: CallOrigin;
  readonly options: AsyncLaneOptions;
  /** Stops the call; its host puts it here. */
  cancel: (() => void) | undefined;
  outcome: CallOutcome | undefined;
}

/** What the lanes of a task have in common. */
interface Ends {
  readonly capture: () => CallOrigin;
  /** Takes a call that is to be started. */
  readonly start: (call: AsyncCall) => void;
  readonly added: () => void;
}

/**
 * The calls of one operator in one task.
 *
 * Up to `concurrency` calls run; the records of one key are called for one after the other. Twice as many may be held, so that there
 * is always one to go on with, and results can wait for their turn.
 */
class Lane implements AsyncLane {
  readonly #node: string;
  readonly #options: AsyncLaneOptions;
  readonly #ends: Ends;
  #running = 0;
  readonly #ready: AsyncCall[] = [];
  /** Those that wait for an earlier one of their key, which is not among them. */
  readonly #behind = new Map<unknown, AsyncCall[]>();
  /** All whose results are not out, in the order of their records; only where results keep it. */
  readonly #order: AsyncCall[] = [];
  held = 0;

  constructor(node: string, options: AsyncLaneOptions, ends: Ends) {
    this.#node = node;
    this.#options = options;
    this.#ends = ends;
  }

  get isFull(): boolean {
    return this.held >= 2 * this.#options.concurrency;
  }

  add(request: CallRequest<unknown>): void {
    const options = this.#options;
    const origin = this.#ends.capture();
    const call: AsyncCall = { node: this.#node, request, origin, options, cancel: undefined, outcome: undefined };
    this.held += 1;
    if (options.order === 'partition') this.#order.push(call);
    const behind = request.key === undefined ? undefined : this.#behind.get(request.key);
    if (behind !== undefined) behind.push(call);
    else {
      if (request.key !== undefined) this.#behind.set(request.key, []);
      this.#ready.push(call);
    }
    this.#startReady();
    this.#ends.added();
  }

  /** Notes that a call has ended, and gives the results that may go on now. */
  end(call: AsyncCall): AsyncCall[] {
    this.#running -= 1;
    const { key } = call.request;
    const next = key === undefined ? undefined : this.#behind.get(key)?.shift();
    if (next !== undefined) this.#ready.push(next);
    else if (key !== undefined) this.#behind.delete(key);
    this.#startReady();
    if (this.#options.order === 'key') return [call];
    const waiting = this.#order.findIndex(({ outcome }) => outcome === undefined);
    return this.#order.splice(0, waiting < 0 ? this.#order.length : waiting);
  }

  #startReady(): void {
    while (this.#running < this.#options.concurrency && this.#ready.length > 0) {
      this.#running += 1;
      this.#ends.start(this.#ready.shift() as AsyncCall);
    }
  }
}

/**
 * The asynchronous calls of a task: which ones are to be started, which ones run, and which results are to go on.
 *
 * It starts nothing itself. Its host takes what is to be started and tells what came of it; the task lets results go on as it
 * processes.
 */
export class AsyncCalls {
  /** Whether results wait to go on. */
  hasResults = false;
  /** Whether the task may take records. */
  takesInput = true;
  readonly #capture: () => CallOrigin;
  readonly #lanes = new Map<string, Lane>();
  readonly #laneOf = new Map<AsyncCall, Lane>();
  #starting: AsyncCall[] = [];
  #results: AsyncCall[] = [];
  #isDraining = false;

  constructor(capture: () => CallOrigin) {
    this.#capture = capture;
  }

  /** Whether any operator of the task makes calls. */
  get isUsed(): boolean {
    return this.#lanes.size > 0;
  }

  /** Whether every record that was called for has gone on. */
  get isIdle(): boolean {
    for (const { held } of this.#lanes.values()) if (held > 0) return false;
    return true;
  }

  lane(node: string, options: AsyncLaneOptions): AsyncLane {
    const lane: Lane = new Lane(node, options, {
      capture: this.#capture,
      start: (call) => {
        this.#laneOf.set(call, lane);
        this.#starting.push(call);
      },
      added: () => this.#update(),
    });
    this.#lanes.set(node, lane);
    return lane;
  }

  /** Takes the calls that are to be started. */
  takeStarting(): readonly AsyncCall[] {
    const starting = this.#starting;
    if (starting.length > 0) this.#starting = [];
    return starting;
  }

  /** Learns what a call has ended with. What is known of it already, or was abandoned, stays as it is. */
  settle(call: AsyncCall, outcome: CallOutcome): void {
    const lane = this.#laneOf.get(call);
    if (lane === undefined || call.outcome !== undefined) return;
    call.outcome = outcome;
    call.cancel = undefined;
    this.#results.push(...lane.end(call));
    this.hasResults = this.#results.length > 0;
  }

  /** Takes the next result that is to go on. */
  takeResult(): AsyncCall & { readonly outcome: CallOutcome } {
    const call = this.#results.shift();
    const lane = call && this.#laneOf.get(call);
    assert(call?.outcome !== undefined && lane !== undefined, 'there is no result');
    this.#laneOf.delete(call);
    lane.held -= 1;
    this.hasResults = this.#results.length > 0;
    this.#update();
    return call as AsyncCall & { readonly outcome: CallOutcome };
  }

  /** Says whether to wait for what is under way, and take nothing more until then. */
  drain(isDraining: boolean): void {
    this.#isDraining = isDraining;
    this.#update();
  }

  /** Stops everything; what ends later is of no interest. */
  abandon(): void {
    const running = [...this.#laneOf.keys()];
    this.#laneOf.clear();
    this.#lanes.clear();
    this.#starting = [];
    this.#results = [];
    this.hasResults = false;
    for (const { cancel } of running) cancel?.();
  }

  #update(): void {
    this.takesInput = !this.#isDraining;
    for (const { isFull } of this.#lanes.values()) if (isFull) this.takesInput = false;
  }
}
