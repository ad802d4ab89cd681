import { assert, type Timer, type Timers } from '@nagare/base';
import type { apis, ErrorName, RequestOf } from '@nagare/protocol';

type ApiKey = keyof typeof apis;

/** The name of an API that the broker speaks, as Kafka writes it: `'Produce'`, `'FindCoordinator'`. */
export type ApiName = Capitalize<ApiKey>;

/** The decoded request of an API. */
export type RequestNamed<Name extends ApiName> = RequestOf<(typeof apis)[Uncapitalize<Name> & ApiKey]>;

/** Which requests of an API a fault hits. Default: all of them, until the fault is disposed of. */
export interface FaultMatch<Name extends ApiName = ApiName> {
  /** How many requests it hits before it ends. Default: no limit. */
  readonly times?: number;
  /** Only requests of the client with this id. */
  readonly clientId?: string;
  /** Only requests for which this is true. */
  readonly when?: (request: RequestNamed<Name>) => boolean;
}

/** A fault that is in force until it is disposed of. */
export interface Fault extends Disposable {
  /** How many requests, or appends, it has hit. */
  readonly hits: number;
}

/** Lets a broker fail on purpose. What nobody asked to fail costs nothing. */
export interface Faults {
  /** Serves requests, and holds their answers back for some milliseconds of real time. */
  delay<Name extends ApiName>(api: Name, ms: number, match?: FaultMatch<Name>): Fault;
  /** Answers with an error, in every place where the API has one, instead of serving the request. */
  fail<Name extends ApiName>(api: Name, error: ErrorName, match?: FaultMatch<Name>): Fault;
  /**
   * Never answers, and leaves the connection open: the client runs into its own timeout. `answer: true` loses the answer
   * alone, after the request has taken effect; otherwise the request is lost, too.
   */
  drop<Name extends ApiName>(api: Name, match?: FaultMatch<Name> & { readonly answer?: boolean }): Fault;
  /**
   * Closes the connection instead of serving the request. `answer: true` closes it instead of answering, after the
   * request has taken effect.
   */
  disconnect<Name extends ApiName>(api: Name, match?: FaultMatch<Name> & { readonly answer?: boolean }): Fault;
  /**
   * Refuses appends to every log but that of the metadata, as a disk without space does: producers are answered
   * `KAFKA_STORAGE_ERROR`. The log stays whole, and takes records again when the fault is disposed of.
   */
  diskFull(): Fault;
}

/** What happens to a request that a fault hits. */
export type FaultEffect =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'fail'; readonly error: ErrorName }
  | { readonly kind: 'drop' | 'disconnect'; readonly isServed: boolean };

interface Rule {
  readonly api: string;
  readonly match: FaultMatch;
  readonly effect: FaultEffect;
  hits: number;
}

/** What is told of a request, to find the faults that hit it. */
export interface FaultyRequest {
  readonly api: string;
  readonly clientId: string | null;
  readonly request: object;
}

/** The faults that are in force. */
export class FaultPlan implements Faults {
  readonly #timers: Timers;
  readonly #rules = new Set<Rule>();
  readonly #fullDisks = new Set<{ hits: number }>();
  /** Answers that are held back, with what lets them go. */
  readonly #held = new Set<() => void>();
  #isClosed = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Whether requests are to be looked at. */
  get isActive(): boolean {
    return this.#rules.size > 0;
  }

  /** Lets an append fail when the disk is to be full, and counts that. */
  refusesAppend(): boolean {
    if (this.#fullDisks.size === 0) return false;
    for (const disk of this.#fullDisks) disk.hits += 1;
    return true;
  }

  delay<Name extends ApiName>(api: Name, ms: number, match: FaultMatch<Name> = {}): Fault {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`A delay is 0 or more milliseconds, not ${ms}`);
    return this.#add(api, match, { kind: 'delay', ms });
  }

  fail<Name extends ApiName>(api: Name, error: ErrorName, match: FaultMatch<Name> = {}): Fault {
    return this.#add(api, match, { kind: 'fail', error });
  }

  drop<Name extends ApiName>(api: Name, match: FaultMatch<Name> & { readonly answer?: boolean } = {}): Fault {
    return this.#add(api, match, { kind: 'drop', isServed: match.answer ?? false });
  }

  disconnect<Name extends ApiName>(api: Name, match: FaultMatch<Name> & { readonly answer?: boolean } = {}): Fault {
    return this.#add(api, match, { kind: 'disconnect', isServed: match.answer ?? false });
  }

  diskFull(): Fault {
    const disk = { hits: 0 };
    this.#fullDisks.add(disk);
    return faultOf(disk, () => this.#fullDisks.delete(disk));
  }

  /** The effects of the faults that hit a request, in the order in which they were asked for; each counts a hit. */
  effectsOn({ api, clientId, request }: FaultyRequest): readonly FaultEffect[] {
    const effects: FaultEffect[] = [];
    for (const rule of this.#rules) {
      const { match } = rule;
      if (rule.api !== api || (match.clientId !== undefined && match.clientId !== clientId)) continue;
      if (match.when !== undefined && !match.when(request as never)) continue;
      rule.hits += 1;
      if (rule.hits >= (match.times ?? Number.POSITIVE_INFINITY)) this.#rules.delete(rule);
      effects.push(rule.effect);
    }
    return effects;
  }

  /** Resolves after some time, or when the broker stops. Without a time, then alone. */
  hold(ms?: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const release = () => {
        this.#held.delete(release);
        timer?.cancel();
        resolve();
      };
      this.#held.add(release);
      if (ms !== undefined) timer = this.#timers.after(ms, release);
    });
  }

  /** The broker stops: nothing is held back any more. */
  close(): void {
    this.#isClosed = true;
    for (const release of [...this.#held]) release();
    assert(this.#held.size === 0, 'An answer is held back after all were let go');
  }

  #add<Name extends ApiName>(api: Name, match: FaultMatch<Name>, effect: FaultEffect): Fault {
    const { times } = match;
    if (times !== undefined && !(Number.isInteger(times) && times > 0)) {
      throw new RangeError(`A fault hits 1 request or more, not ${times}: leave it out, or name another number`);
    }
    const rule: Rule = { api, match: match as unknown as FaultMatch, effect, hits: 0 };
    this.#rules.add(rule);
    return faultOf(rule, () => this.#rules.delete(rule));
  }
}

function faultOf(counted: { readonly hits: number }, remove: () => void): Fault {
  return {
    get hits() {
      return counted.hits;
    },
    [Symbol.dispose]: remove,
  };
}
