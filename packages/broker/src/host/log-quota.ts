import type { Clock, Log, LogFields } from '@nagare/base';

/** Lines in a period: enough to see what goes on, too few to fill a disk. */
const linesMax = 20;
const periodMs = 10_000;

/** Tells of what strangers can make happen as often as they like: some of it, and how often more was left out. */
export class LogQuota {
  readonly #log: Log;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #periodEndMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #omitted = 0;

  constructor(log: Log, clock: Pick<Clock, 'monotonicMs'>) {
    this.#log = log;
    this.#clock = clock;
  }

  info(event: string, fields: LogFields): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#periodEndMs) {
      this.#periodEndMs = nowMs + periodMs;
      this.#lines = 0;
    }
    if (this.#lines === linesMax) {
      this.#omitted += 1;
      return;
    }
    this.#lines += 1;
    this.#log.info(event, this.#omitted === 0 ? fields : { ...fields, omittedBefore: this.#omitted });
    this.#omitted = 0;
  }
}
