import { Observable, type OperatorFunction, Subscriber } from 'rxjs';

export { filter, map, tap } from 'rxjs';
export type { Observable, OperatorFunction };

/** What watches over a running chain: whether a record is being processed, and what went wrong. */
export interface Gate {
  readonly isOpen: boolean;
  /** Told once per failure; the first one ends the task. */
  fail(error: unknown, node: string): void;
  /** Told when a node emits although no record is being processed. */
  failLate(node: string): void;
}

/** A step of a chain: a node's name and what it does. */
export interface Step {
  readonly node: string;
  readonly run: OperatorFunction<unknown, unknown>;
}

/** Where records are put into a chain. */
export interface Inlet {
  next(record: unknown): void;
}

/**
 * Makes an operator from a function that is called for each record and may emit any number of records while it runs.
 *
 * @param start - Called at subscription with the function that emits; returns the function for each record.
 */
export function emitting<A, B>(start: (emit: (record: B) => void) => (record: A) => void): OperatorFunction<A, B> {
  return (source) =>
    new Observable<B>((destination) => {
      const body = start((record) => destination.next(record));
      return source.subscribe(new EmittingSubscriber<A, B>(destination, body));
    });
}

/**
 * Subscribes a chain of steps and gives its inlet. Whatever is put in has left through `outlet`, or has been dropped or
 * kept by a step, when `next` returns; errors go to the gate and are never thrown.
 */
export function connect(steps: readonly Step[], gate: Gate, outlet: (record: unknown) => void): Inlet {
  let inlet: Inlet | undefined;
  let stream = new Observable<unknown>((subscriber) => {
    inlet = subscriber;
  });
  for (const step of steps) stream = stream.pipe(step.run, guard(step.node, gate));
  stream.subscribe({ next: outlet, error: () => undefined });
  return inlet ?? dry;
}

/** The inlet of a chain that had completed before it was given anything. */
const dry: Inlet = { next: () => undefined };

function guard(node: string, gate: Gate): OperatorFunction<unknown, unknown> {
  return (source) => new Observable((destination) => source.subscribe(new GuardSubscriber(destination, node, gate)));
}

class EmittingSubscriber<A, B> extends Subscriber<A> {
  readonly #body: (record: A) => void;

  constructor(destination: Subscriber<B>, body: (record: A) => void) {
    super(destination);
    this.#body = body;
  }

  protected override _next(record: A): void {
    try {
      this.#body(record);
    } catch (error) {
      this.destination.error(error);
    }
  }
}

/** Stands behind each node: stops what comes at the wrong time, and puts the node's name on what goes wrong. */
class GuardSubscriber extends Subscriber<unknown> {
  readonly #node: string;
  readonly #gate: Gate;

  constructor(destination: Subscriber<unknown>, node: string, gate: Gate) {
    super(destination);
    this.#node = node;
    this.#gate = gate;
  }

  protected override _next(record: unknown): void {
    if (this.#gate.isOpen) this.destination.next(record);
    else this.#gate.failLate(this.#node);
  }

  protected override _error(error: unknown): void {
    this.#gate.fail(error, this.#node);
    this.unsubscribe();
  }
}
