import { constants } from 'node:os';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** Tells of the first SIGTERM or SIGINT; the second one ends the process at once, with the code that shells give signals. */
export function onceStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of signals) {
      process.on(signal, () => {
        if (isStopping) process.exit(128 + constants.signals[signal]);
        isStopping = true;
        resolve(signal);
      });
    }
  });
}
