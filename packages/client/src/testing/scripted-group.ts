import type { Timers } from '@nagare/base';
import { errorCode } from '@nagare/protocol';

interface JoinRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

interface Member {
  readonly memberId: string;
  metadata: Buffer;
  answer: ((answer: object) => void) | undefined;
}

/** How long a rebalance waits for members that have not joined, in milliseconds. */
const rebalanceMs = 5_000;

/** A classic group for tests: it rebalances when members come and go, and has no session timeouts. */
export class ScriptedGroup {
  readonly #timers: Timers;
  #members = new Map<string, Member>();
  #generation = 0;
  #state: 'empty' | 'joining' | 'syncing' | 'stable' = 'empty';
  #leader = '';
  #protocol = '';
  #names = 0;
  #rebalances = 0;
  #assignments: ReadonlyMap<string, Buffer> = new Map();
  readonly #waitingForSync = new Map<string, (answer: object) => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get generation(): number {
    return this.#generation;
  }

  get members(): readonly string[] {
    return [...this.#members.keys()];
  }

  join(request: JoinRequest): Promise<object> | object {
    if (request.memberId === '') {
      this.#names += 1;
      return { errorCode: errorCode.MEMBER_ID_REQUIRED, memberId: `member-${this.#names}`, ...noJoin };
    }
    const protocol = request.protocols[0] as JoinRequest['protocols'][number];
    this.#protocol = protocol.name;
    this.#beginJoin();
    return new Promise((answer) => {
      this.#members.set(request.memberId, { memberId: request.memberId, metadata: protocol.metadata, answer });
      this.#completeJoin(false);
    });
  }

  /** Takes a member out as if its session had ended. */
  expel(memberId: string): void {
    this.#members.delete(memberId);
    if (this.#members.size > 0) this.#beginJoin();
    this.#completeJoin(false);
  }

  sync(request: {
    readonly memberId: string;
    readonly generationId: number;
    readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
  }): Promise<object> | object {
    const error = this.check(request, request.generationId);
    if (error !== 0) return { errorCode: error, assignment: Buffer.alloc(0) };
    if (this.#state === 'joining') return { errorCode: errorCode.REBALANCE_IN_PROGRESS, assignment: Buffer.alloc(0) };
    if (request.memberId === this.#leader) {
      this.#assignments = new Map(request.assignments.map((each) => [each.memberId, each.assignment]));
      this.#state = 'stable';
      for (const [memberId, answer] of this.#waitingForSync) answer(this.#assignmentOf(memberId));
      this.#waitingForSync.clear();
    }
    if (this.#state === 'stable') return this.#assignmentOf(request.memberId);
    return new Promise((answer) => this.#waitingForSync.set(request.memberId, answer));
  }

  heartbeat(request: { readonly memberId: string; readonly generationId: number }): number {
    const error = this.check(request, request.generationId);
    if (error !== 0) return error;
    return this.#state === 'joining' ? errorCode.REBALANCE_IN_PROGRESS : 0;
  }

  leave(request: { readonly members: readonly { readonly memberId: string }[] }): object {
    for (const { memberId } of request.members) this.expel(memberId);
    return { errorCode: 0, members: [] };
  }

  check({ memberId }: { readonly memberId: string }, generation: number): number {
    if (!this.#members.has(memberId)) return errorCode.UNKNOWN_MEMBER_ID;
    return generation === this.#generation ? 0 : errorCode.ILLEGAL_GENERATION;
  }

  #beginJoin(): void {
    if (this.#state === 'joining') return;
    this.#state = 'joining';
    this.#rebalances += 1;
    const rebalance = this.#rebalances;
    this.#timers.after(rebalanceMs, () => {
      if (rebalance === this.#rebalances) this.#completeJoin(true);
    });
    const refusal = { errorCode: errorCode.REBALANCE_IN_PROGRESS, assignment: Buffer.alloc(0) };
    for (const answer of this.#waitingForSync.values()) answer(refusal);
    this.#waitingForSync.clear();
  }

  #assignmentOf(memberId: string): object {
    return { errorCode: 0, assignment: this.#assignments.get(memberId) ?? Buffer.alloc(0) };
  }

  /** Ends the rebalance when everybody has joined, or with those who have when time is up. */
  #completeJoin(isTimeUp: boolean): void {
    if (this.#state !== 'joining') return;
    const joined = [...this.#members.values()].filter(({ answer }) => answer !== undefined);
    if (joined.length === 0 || (joined.length < this.#members.size && !isTimeUp)) return;
    this.#members = new Map(joined.map((member) => [member.memberId, member]));
    this.#generation += 1;
    this.#state = 'syncing';
    this.#leader = joined[0]?.memberId ?? '';
    const members = joined.map(({ memberId, metadata }) => ({ memberId, metadata }));
    for (const member of joined) {
      member.answer?.({
        errorCode: 0,
        generationId: this.#generation,
        protocolType: 'consumer',
        protocolName: this.#protocol,
        leader: this.#leader,
        memberId: member.memberId,
        members: member.memberId === this.#leader ? members : [],
      });
      member.answer = undefined;
    }
  }
}

const noJoin = { generationId: -1, protocolName: '', leader: '', members: [] };
