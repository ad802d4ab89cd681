import type { OperatorContext } from './define-operator.ts';

/** How often an idle node looks at the clock within the time that makes it idle. */
const looks = 4;

/**
 * Lets the time of a node go on with the clock while no record comes to it, so that its windows close.
 *
 * It only looks at the clock now and then, so it costs nothing while records come.
 */
export class IdleTime {
  readonly #context: OperatorContext;
  readonly #idleMs: number;
  readonly #advance: (nodeTimeMs: number, elapsedMs: number) => void;
  #hasSeen = true;
  #sinceMs = 0;
  #nodeTimeMs = -1;

  /**
   * @param idleMs - How long no record has come when the clock takes over.
   * @param advance - Told the node's time as of the last record and how much has gone by since; it moves the node's time, as far as
   * something closes by that.
   */
  constructor(context: OperatorContext, idleMs: number, advance: (nodeTimeMs: number, elapsedMs: number) => void) {
    this.#context = context;
    this.#idleMs = idleMs;
    this.#advance = advance;
    const interval = Math.max(1, Math.floor(idleMs / looks));
    context.schedule(interval, 'wall-clock-time', (nowMs) => this.#look(nowMs));
  }

  /** Notes that a record has come. */
  seen(): void {
    this.#hasSeen = true;
  }

  #look(nowMs: number): void {
    // What a cache holds back has come, although not to here.
    this.#context.flush();
    if (this.#hasSeen) {
      this.#hasSeen = false;
      this.#sinceMs = nowMs;
      this.#nodeTimeMs = this.#context.observedTime.ms;
      return;
    }
    const elapsedMs = nowMs - this.#sinceMs;
    if (this.#nodeTimeMs >= 0 && elapsedMs >= this.#idleMs) this.#advance(this.#nodeTimeMs, elapsedMs);
  }
}

/** The same for an operator whose windows close `reachMs` after the last record at the latest. @param close - Sends what has closed. */
export function idleWindows(
  context: OperatorContext,
  { idleMs, reachMs }: { readonly idleMs: number | undefined; readonly reachMs: number },
  close: () => void,
): IdleTime | undefined {
  if (idleMs === undefined) return undefined;
  const { observedTime } = context;
  return new IdleTime(context, idleMs, (nodeTimeMs, elapsedMs) => {
    const reachedMs = nodeTimeMs + Math.min(elapsedMs, reachMs);
    if (reachedMs <= observedTime.ms) return;
    observedTime.ms = reachedMs;
    close();
  });
}
