/** The number of a new thread: the wanted one, or else the smallest that no thread has, so that numbers come again as in Kafka Streams. */
export function freeNumber(taken: ReadonlySet<number>, wanted?: number): number {
  if (wanted !== undefined && !taken.has(wanted)) return wanted;
  let number = 1;
  while (taken.has(number)) number += 1;
  return number;
}

/** The thread to be removed: the one with the highest number, so that the next to be added has its number again, and its state. */
export function leaving<T extends { readonly number: number }>(threads: Iterable<T>): T | undefined {
  let last: T | undefined;
  for (const thread of threads) if (last === undefined || thread.number > last.number) last = thread;
  return last;
}

export function threadName(applicationId: string, number: number): string {
  return `${applicationId}-StreamThread-${number}`;
}
