import { setTimeout as delay } from 'node:timers/promises';

/** How long a wait may take and how often it looks. */
export interface WaitOptions {
  /** What is waited for, for the error's message; a function says what there is when the time is up. */
  readonly what: string | (() => string);
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Asks `condition` until it answers something else than undefined.
 *
 * @throws Error when the time is up; its cause is what `condition` threw last.
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions,
): Promise<T> {
  const deadlineMs = performance.now() + (options.timeoutMs ?? 30_000);
  let cause: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer !== undefined) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadlineMs) throw new Error(`Waited in vain for ${told(options.what)}`, { cause });
    await delay(options.everyMs ?? 20);
  }
}

function told(what: WaitOptions['what']): string {
  return typeof what === 'string' ? what : what();
}
