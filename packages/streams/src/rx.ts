import { Observable, type OperatorFunction, Subscriber, type Subscription } from 'rxjs';

export type { Observable, OperatorFunction, Subscription };

/** What watches over a running chain: whether a record is being processed, and what went wrong. */
export interface Gate {
  readonly isOpen: boolean;
  /** Told of each failure. Returns whether the task bears it: the record is dropped, and the node goes on with the next one. */
  fail(error: unknown, node: string): boolean;
  /** Told of a failure that nothing can go on after. */
  failForGood(error: unknown, node: string): void;
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

/** Called at subscription with the function that emits; returns the function for each record. */
type Start<A, B> = (emit: (record: B) => void) => (record: A) => void;

/**
 * What the operators of this package were made of. In a chain they are called as they are: a record that goes through an Observable
 * and its subscribers takes about three times as long from one operator to the next.
 */
const starts = new WeakMap<object, Start<never, unknown>>();

/** Makes an operator from a function that is called for each record and may emit any number of records while it runs. */
export function emitting<A, B>(start: Start<A, B>): OperatorFunction<A, B> {
  const operator: OperatorFunction<A, B> = (source) =>
    new Observable<B>((destination) => {
      const body = start((record) => destination.next(record));
      return source.subscribe(new EmittingSubscriber<A, B>(destination, body));
    });
  starts.set(operator, start);
  return operator;
}

/** RxJS's `map`, for records. */
export function map<A, B>(project: (record: A) => B): OperatorFunction<A, B> {
  return emitting((emit) => (record) => emit(project(record)));
}

/** RxJS's `filter`, for records. */
export function filter<A>(predicate: (record: A) => boolean): OperatorFunction<A, A> {
  return emitting((emit) => (record) => {
    if (predicate(record)) emit(record);
  });
}

/** RxJS's `tap`, for records. */
export function tap<A>(watch: (record: A) => void): OperatorFunction<A, A> {
  return emitting((emit) => (record) => {
    watch(record);
    emit(record);
  });
}

/**
 * Subscribes a chain of steps and gives its inlet. Whatever is put in has left through `outlet`, or has been dropped or
 * kept by a step, when `next` returns; errors go to the gate and are never thrown.
 */
export function connect(steps: readonly Step[], gate: Gate, outlet: Inlet): Inlet {
  let next: Outlet = { inlet: outlet };
  for (const step of [...steps].reverse()) {
    const start = starts.get(step.run);
    next = start === undefined ? new Stage(step, gate, next) : new DirectStage(step.node, { start, gate, next });
  }
  const first = next;
  return first instanceof DirectStage ? first : { next: (record) => first.inlet.next(record) };
}

/** The inlet of a step that had completed before it was given anything, and of what stands behind one that has completed. */
const dry: Inlet = { next: () => undefined };

/** Where a step sends records to. What stands at the inlet changes when the next step begins anew. */
interface Outlet {
  readonly inlet: Inlet;
  complete?(): void;
}

/** A running step of a chain that is one of this package's own operators. */
class DirectStage implements Outlet, Inlet {
  readonly inlet: Inlet = this;
  readonly #node: string;
  readonly #gate: Gate;
  #next: Outlet;
  #body: (record: never) => void;

  constructor(
    node: string,
    parts: { readonly start: Start<never, unknown>; readonly gate: Gate; readonly next: Outlet },
  ) {
    this.#node = node;
    this.#gate = parts.gate;
    this.#next = parts.next;
    this.#body = () => undefined;
    try {
      this.#body = parts.start((record) => this.#emit(record));
    } catch (error) {
      this.#gate.failForGood(error, node);
    }
  }

  next(record: unknown): void {
    try {
      this.#body(record as never);
    } catch (error) {
      // The body has a state that outlives the record, so it goes on as it is after an error that is borne.
      if (!this.#gate.fail(error, this.#node)) this.#end();
    }
  }

  complete(): void {
    const next = this.#next;
    this.#end();
    next.complete?.();
  }

  #emit(record: unknown): void {
    if (this.#gate.isOpen) this.#next.inlet.next(record);
    else this.#gate.failLate(this.#node);
  }

  #end(): void {
    this.#next = { inlet: dry };
    this.#body = () => undefined;
  }
}

/** A running step of a chain that is any other operator of RxJS. */
class Stage implements Outlet {
  inlet: Inlet = dry;
  readonly #step: Step;
  readonly #gate: Gate;
  readonly #next: Outlet;
  #source: Subscriber<unknown> | undefined;
  #isStarting = false;

  constructor(step: Step, gate: Gate, next: Outlet) {
    this.#step = step;
    this.#gate = gate;
    this.#next = next;
    this.#start();
  }

  complete(): void {
    this.#source?.complete();
  }

  /** An RxJS operator that has thrown is of no more use: after an error that is borne the step begins anew. */
  failed(error: unknown): void {
    const { node } = this.#step;
    if (this.#isStarting) this.#gate.failForGood(error, node);
    else if (this.#gate.fail(error, node)) this.#start();
  }

  #start(): void {
    this.#isStarting = true;
    this.inlet = dry;
    const source = new Observable<unknown>((subscriber) => {
      this.inlet = subscriber;
      this.#source = subscriber;
    });
    source.pipe(this.#step.run).subscribe(new GuardSubscriber(this, this.#next, this.#step.node, this.#gate));
    this.#isStarting = false;
  }
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
      const { destination } = this;
      // The body has a state that outlives the record, so it must not begin anew.
      if (!(destination instanceof GuardSubscriber && destination.bears(error))) destination.error(error);
    }
  }
}

/** Stands behind each node: stops what comes at the wrong time, and puts the node's name on what goes wrong. */
class GuardSubscriber extends Subscriber<unknown> {
  readonly #stage: Stage;
  readonly #next: Outlet;
  readonly #node: string;
  readonly #gate: Gate;

  constructor(stage: Stage, next: Outlet, node: string, gate: Gate) {
    super();
    this.#stage = stage;
    this.#next = next;
    this.#node = node;
    this.#gate = gate;
  }

  /** Whether the node goes on as it is after an error of one record. */
  bears(error: unknown): boolean {
    return !this.closed && this.#gate.fail(error, this.#node);
  }

  protected override _next(record: unknown): void {
    if (this.#gate.isOpen) this.#next.inlet.next(record);
    else this.#gate.failLate(this.#node);
  }

  protected override _error(error: unknown): void {
    this.unsubscribe();
    this.#stage.failed(error);
  }

  protected override _complete(): void {
    this.unsubscribe();
    this.#next.complete?.();
  }
}

/**
 * Makes an Observable of events that come from outside of any task.
 *
 * @param start - Called for each subscription; returns what ends it.
 */
export function observing<T>(start: (next: (event: T) => void, complete: () => void) => () => void): Observable<T> {
  return new Observable<T>((subscriber) =>
    start(
      (event) => subscriber.next(event),
      () => subscriber.complete(),
    ),
  );
}
