/** Decides when a member asks its group to place tasks anew, because it has caught up with what it warms up. */
export class Probing {
  readonly #intervalMs: number;
  #awaited: readonly string[] = [];
  /** The tasks that the group has been asked for: what it did not give at once it is asked for again after the interval. */
  #asked: ReadonlySet<string> = new Set();
  #atMs = Number.POSITIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Takes the tasks that the group waits for this member to catch up with. */
  expect(awaited: readonly string[], nowMs: number): void {
    this.#awaited = awaited;
    this.#asked = new Set(awaited.filter((taskId) => this.#asked.has(taskId)));
    this.#atMs = awaited.length === 0 ? Number.POSITIVE_INFINITY : nowMs + this.#intervalMs;
  }

  /** Whether to ask now; then it counts as done. */
  isDue(hasCaughtUp: (taskId: string) => boolean, nowMs: number): boolean {
    const ready = this.#awaited.filter((taskId) => !this.#asked.has(taskId) && hasCaughtUp(taskId));
    if (ready.length === 0 && nowMs < this.#atMs) return false;
    this.#asked = new Set([...this.#asked, ...ready]);
    if (this.#awaited.length > 0) this.#atMs = nowMs + this.#intervalMs;
    return true;
  }
}
