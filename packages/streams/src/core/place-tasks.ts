import { quotas } from './quotas.ts';

/** A task that is to be placed. */
export interface PlaceableTask {
  readonly taskId: string;
  /** Whether it has state that can be restored from changelogs. */
  readonly stateful: boolean;
}

/** A member of an application, and what it has of tasks. */
export interface Candidate {
  readonly name: string;
  /** The tasks that it runs. */
  readonly running: ReadonlySet<string>;
  /** The tasks that it keeps standbys of. */
  readonly keeping: ReadonlySet<string>;
  /** How far its state of tasks reaches: the sum of its offsets in their changelogs. */
  readonly positions: ReadonlyMap<string, number>;
}

/** Settings by the names and with the meaning that Kafka Streams has for them. */
export interface PlacementSettings {
  /** How many changelog records a member may lack and still take a task over at once. */
  readonly acceptableRecoveryLag: number;
  readonly maxWarmupReplicas: number;
  readonly numStandbyReplicas: number;
}

/** Where tasks go. */
export interface Placement {
  readonly active: ReadonlyMap<string, string>;
  /** Members that keep the state of a task without running it, warm-ups among them. */
  readonly standby: ReadonlyMap<string, readonly string[]>;
  /** Of those the ones that are to have more of the task once they have caught up: then it has to be placed anew. */
  readonly awaited: ReadonlyMap<string, readonly string[]>;
}

/**
 * Places tasks so that members have even shares of those with state and of all, and that as little moves as that allows.
 *
 * State moves last (KIP-441): a task whose new member lacks too much of its state stays, or goes, where there is more of it,
 * while the new member warms up. What a member lacks is counted from the furthest position that any member has.
 * The same input gives the same output.
 *
 * @param candidates - At least one; each task runs on one of them at most.
 */
export function placeTasks(
  tasks: readonly PlaceableTask[],
  candidates: readonly Candidate[],
  settings: PlacementSettings,
): Placement {
  return new Placing(candidates, settings).place(tasks);
}

class Placing {
  readonly #members: readonly Candidate[];
  readonly #settings: PlacementSettings;
  readonly #ends = new Map<string, number>();
  readonly #owners = new Map<string, string>();
  readonly #memberOf: ReadonlyMap<string, Candidate>;
  readonly #active = new Map<string, string>();
  readonly #standby = new Map<string, string[]>();
  readonly #awaited = new Map<string, string[]>();
  #warmupsLeft: number;

  constructor(candidates: readonly Candidate[], settings: PlacementSettings) {
    this.#members = [...candidates].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#memberOf = new Map(candidates.map((member) => [member.name, member]));
    this.#settings = settings;
    this.#warmupsLeft = settings.maxWarmupReplicas;
    for (const { name, positions, running } of this.#members) {
      for (const [taskId, at] of positions) this.#ends.set(taskId, Math.max(at, this.#ends.get(taskId) ?? 0));
      for (const taskId of running) this.#owners.set(taskId, name);
    }
  }

  place(tasks: readonly PlaceableTask[]): Placement {
    const idsOf = (stateful: boolean) => tasks.filter((task) => task.stateful === stateful).map(({ taskId }) => taskId);
    const stateful = idsOf(true);
    this.#spread(stateful, () => 0);
    // Where a task with state is in the end counts, so that the others need not move along with each step of a warm-up.
    const loads = countValues(this.#active);
    this.#spread(idsOf(false), (name) => loads.get(name) ?? 0);
    this.#placeStandbys(stateful);
    this.#keepActivesWhereTheirStateIs(stateful);
    this.#keepStandbysWhereTheirStateIs(stateful);
    return { active: this.#active, standby: this.#standby, awaited: this.#awaited };
  }

  /** How many records a member lacks of a task. */
  #lag(name: string, taskId: string): number {
    if (this.#owners.get(taskId) === name) return 0;
    const position = this.#memberOf.get(name)?.positions.get(taskId) ?? 0;
    return (this.#ends.get(taskId) ?? 0) - position;
  }

  #isCaughtUp(name: string, taskId: string): boolean {
    return this.#lag(name, taskId) <= this.#settings.acceptableRecoveryLag;
  }

  /** Leaves tasks with their owners up to even shares; the rest goes to those who lack least of them. */
  #spread(taskIds: readonly string[], loadOf: (name: string) => number): void {
    const ownedBy = (name: string) => taskIds.filter((taskId) => this.#owners.get(taskId) === name);
    const shares = this.#members.map(({ name }) => ({ name, load: loadOf(name), has: ownedBy(name).length }));
    const room = quotas(shares, taskIds.length);
    const give = (taskId: string, name: string) => {
      this.#active.set(taskId, name);
      room.set(name, (room.get(name) as number) - 1);
    };
    for (const { name } of this.#members) {
      // What others have least of stays.
      const kept = byDescending(ownedBy(name), (taskId) => this.#lags(taskId, this.#othersThan(name))[0] ?? 0);
      for (const taskId of kept.slice(0, room.get(name))) give(taskId, name);
    }
    const rest = taskIds.filter((taskId) => !this.#active.has(taskId));
    const open = () => this.#members.filter(({ name }) => (room.get(name) as number) > 0);
    for (const taskId of byDescending(rest, (each) => regret(this.#lags(each, open())))) {
      give(taskId, leastBy(open(), ({ name }) => [this.#lag(name, taskId), -(room.get(name) as number)]).name);
    }
  }

  #placeStandbys(taskIds: readonly string[]): void {
    const replicas = Math.min(this.#settings.numStandbyReplicas, this.#members.length - 1);
    for (const taskId of taskIds) this.#standby.set(taskId, []);
    const mayKeep = ({ name }: Candidate, taskId: string) =>
      this.#active.get(taskId) !== name && !this.#standbysOf(taskId).includes(name);
    const keeps = (member: Candidate, taskId: string) => member.keeping.has(taskId) && mayKeep(member, taskId);
    const shares = this.#members.map((member) => ({
      ...{ name: member.name, load: 0 },
      has: taskIds.filter((taskId) => keeps(member, taskId)).length,
    }));
    const room = quotas(shares, taskIds.length * replicas);
    const give = (taskId: string, name: string) => {
      this.#standbysOf(taskId).push(name);
      room.set(name, (room.get(name) as number) - 1);
    };
    for (const taskId of taskIds) {
      const keepers = this.#members.filter((member) => keeps(member, taskId) && (room.get(member.name) as number) > 0);
      for (const { name } of keepers.slice(0, replicas)) give(taskId, name);
    }
    for (const taskId of taskIds) {
      while (this.#standbysOf(taskId).length < replicas) {
        const possible = this.#members.filter((member) => mayKeep(member, taskId));
        const free = possible.filter(({ name }) => (room.get(name) as number) > 0);
        const rank = ({ name }: Candidate) => [this.#lag(name, taskId), -(room.get(name) as number)];
        give(taskId, leastBy(free.length > 0 ? free : possible, rank).name);
      }
    }
  }

  /** Moves tasks back to where their state is, those that are nearest to their new member first. */
  #keepActivesWhereTheirStateIs(taskIds: readonly string[]): void {
    const early = taskIds.filter((taskId) => !this.#isCaughtUp(this.#active.get(taskId) as string, taskId));
    const lagOf = (taskId: string) => this.#lag(this.#active.get(taskId) as string, taskId);
    for (const taskId of byDescending(early, (each) => -lagOf(each))) {
      const next = this.#active.get(taskId) as string;
      const standbys = this.#standbysOf(taskId);
      const name = this.#whoHasState(taskId, standbys);
      this.#active.set(taskId, name);
      if (standbys.includes(name)) {
        standbys[standbys.indexOf(name)] = next;
        this.#await(taskId, next);
      } else this.#warmUp(taskId, next);
    }
  }

  /** Leaves standbys where they are until those that take their place have caught up. */
  #keepStandbysWhereTheirStateIs(taskIds: readonly string[]): void {
    for (const taskId of taskIds) {
      const standbys = this.#standbysOf(taskId);
      for (const name of [...standbys]) {
        if (this.#isCaughtUp(name, taskId) || this.#awaited.get(taskId)?.includes(name)) continue;
        const held = [this.#active.get(taskId), ...standbys];
        const other = this.#members.find((each) => !held.includes(each.name) && this.#isCaughtUp(each.name, taskId));
        if (other === undefined) continue;
        standbys[standbys.indexOf(name)] = other.name;
        this.#warmUp(taskId, name);
      }
    }
  }

  /** Who is to run a task until its new member is ready: its owner, or one that has caught up, with a standby if possible. */
  #whoHasState(taskId: string, standbys: readonly string[]): string {
    const owner = this.#owners.get(taskId);
    if (owner !== undefined) return owner;
    const loads = countValues(this.#active);
    const ready = this.#members.filter(({ name }) => this.#isCaughtUp(name, taskId));
    return leastBy(ready, ({ name }) => [standbys.includes(name) ? 0 : 1, loads.get(name) ?? 0]).name;
  }

  #warmUp(taskId: string, name: string): void {
    if (this.#warmupsLeft === 0) return;
    this.#warmupsLeft -= 1;
    this.#standbysOf(taskId).push(name);
    this.#await(taskId, name);
  }

  #await(taskId: string, name: string): void {
    const awaited = this.#awaited.get(taskId);
    if (awaited === undefined) this.#awaited.set(taskId, [name]);
    else awaited.push(name);
  }

  #standbysOf(taskId: string): string[] {
    return this.#standby.get(taskId) as string[];
  }

  #othersThan(name: string): readonly Candidate[] {
    return this.#members.filter((member) => member.name !== name);
  }

  /** What members lack of a task, the least first. */
  #lags(taskId: string, members: readonly Candidate[]): number[] {
    return members.map(({ name }) => this.#lag(name, taskId)).sort((a, b) => a - b);
  }
}

/** What it costs if the best has to be passed over for the second best. */
function regret([best = 0, second = best]: readonly number[]): number {
  return second - best;
}

/** In a stable order by a number, the largest first. */
function byDescending(taskIds: readonly string[], numberOf: (taskId: string) => number): string[] {
  const numbers = new Map(taskIds.map((taskId) => [taskId, numberOf(taskId)]));
  return [...taskIds].sort((a, b) => (numbers.get(b) as number) - (numbers.get(a) as number));
}

/** The first of those with the least rank, compared number by number. */
function leastBy<T>(items: readonly T[], rankOf: (item: T) => readonly number[]): T {
  return items.reduce((least, item) => (isLess(rankOf(item), rankOf(least)) ? item : least));
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}

function countValues(values: ReadonlyMap<unknown, string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values.values()) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
