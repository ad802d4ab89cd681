import { readFileSync } from 'node:fs';

/** The part of the files that a process may have open which is left to connections: files of logs need the rest. */
const connectionPart = 0.75;

/** How many connections a process can have without running out of files; no limit where the system does not tell. */
export function connectionsByOpenFiles(): number {
  const softLimit = /^Max open files\s+(\d+)/m.exec(limitsText())?.[1];
  return softLimit === undefined ? Number.POSITIVE_INFINITY : Math.floor(Number(softLimit) * connectionPart);
}

/** What Linux says of this process. */
function limitsText(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return '';
  }
}
