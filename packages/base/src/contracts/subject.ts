/**
 * Runs the body of a test where its subject lives: at once on a real machine; on a simulated one, while virtual time
 * goes on until the body is done.
 */
export type Run = (body: () => Promise<void>) => Promise<void>;

export const runAtOnce: Run = (body) => body();
