/** A promise and what settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Whoever does not wait learns of it otherwise; a rejection nobody waits for must not end the process.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** Waits until something has settled, one way or the other. @throws The reason of the signal, when that aborts before. */
export async function settled(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const ended = promise.then(
    () => undefined,
    () => undefined,
  );
  await (signal === undefined ? ended : Promise.race([ended, rejected(signal)]));
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
