import type { Clock } from '@nagare/base';
import type { AssignedMember } from '../core/assign.ts';
import type { MemberOrders, MemberReport } from '../core/member-data.ts';
import { Probing } from '../core/probing.ts';
import { type AdoptableTask, positionOf, type StandbyTasks } from './standby-tasks.ts';

export interface StandbyMemberOptions {
  readonly standbys: StandbyTasks;
  /** The tasks that run here, or are to. */
  readonly assigned: () => readonly AdoptableTask[];
  /** Asks the group to place tasks anew. */
  readonly rejoin: () => void;
  /** Told when the group's orders are carried out. */
  readonly onOrders: () => void;
  readonly clock: Clock;
  readonly acceptableRecoveryLag: number;
  readonly probingRebalanceIntervalMs: number;
}

/** This process as a member of its application: what state it has, what it keeps, and when that has to be looked at again. */
export class StandbyMember implements AssignedMember {
  readonly #options: StandbyMemberOptions;
  readonly #probing: Probing;
  #orders: MemberOrders | undefined;
  #isSettled = true;

  constructor(options: StandbyMemberOptions) {
    this.#options = options;
    this.#probing = new Probing(options.probingRebalanceIntervalMs);
  }

  report(): MemberReport {
    const { standbys, assigned } = this.#options;
    const own = assigned().map(({ id, stores }) => [id, positionOf(stores)] as const);
    return { positions: new Map([...standbys.positions, ...own]), keeping: new Set(standbys.lags.keys()) };
  }

  obey(orders: MemberOrders): void {
    this.#orders = orders;
    this.#isSettled = false;
  }

  /** Does what the group has ordered, and asks it anew when that is due. To be called after each poll of the group's consumer. */
  update(): void {
    const { standbys, acceptableRecoveryLag, rejoin, clock } = this.#options;
    this.#settle();
    standbys.update(this.#orders === undefined);
    const hasCaughtUp = (taskId: string) => standbys.lagOf(taskId) <= acceptableRecoveryLag;
    if (this.#orders === undefined && this.#probing.isDue(hasCaughtUp, clock.monotonicMs())) rejoin();
  }

  /** Orders come when the group has decided; tasks come and go in the next poll. Only then they are carried out. */
  #settle(): void {
    const orders = this.#orders;
    if (orders === undefined || this.#options.assigned().some(({ id }) => orders.standby.includes(id))) return;
    if (!this.#isSettled) {
      this.#isSettled = true;
      return;
    }
    this.#orders = undefined;
    this.#options.standbys.want(orders.standby);
    this.#probing.expect(orders.awaited, this.#options.clock.monotonicMs());
    this.#options.onOrders();
  }
}
