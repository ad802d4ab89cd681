import type { Said } from '../../tools/tool-host.ts';

/** What two runs of one command cannot have in common, each with the word that stands for it. */
export interface Place {
  readonly bootstrap: string;
  readonly dir: string;
  readonly dataDirectory: string;
}

/**
 * What a tool said, in the form in which two brokers' transcripts are equal:
 *
 * - addresses, ports, folders of data and of the command's files have a name each;
 * - ids that a broker or client draws at random (clusters, topics, directories, members) are `ID`;
 * - times since 2001 in milliseconds, dates and ages are `TIME`; figures that a tool has measured are `N`;
 * - how far the log of metadata has come is `N`, since a broker writes to it as it likes;
 * - the two ways in which the Java client says that its time is over are `TIMEOUT`;
 * - columns are apart by one space, since their width is that of the longest of the above;
 * - lines of a stack trace are left out, and requests in flight as a time ended: they tell of the tool, not the broker;
 * - lines stand in one order, since tools print what they keep in hash tables by those ids.
 */
export function normalise(said: Said, place: Place): string {
  const clean = (text: string) =>
    text
      .split('\n')
      .map((line) => normaliseLine(line, place))
      .filter((line) => line !== '' && !/^(at |\.\.\. \d+ more)|: Cancelled .* being disconnected$/.test(line))
      .sort()
      .join('\n');
  return [`code ${said.code}`, clean(said.stdout), '--', clean(said.stderr)].join('\n');
}

function normaliseLine(line: string, place: Place): string {
  return line
    .replace(/\s+/g, ' ')
    .trim()
    .replaceAll(place.bootstrap, 'HOST:PORT')
    .replace(new RegExp(`\\b${place.bootstrap.split(':')[1]}\\b`, 'g'), 'PORT')
    .replaceAll(place.dataDirectory, 'DATA')
    .replaceAll(place.dir, 'DIR')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'ID')
    .replace(/(?<![\w.-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{22}(?![\w-])/g, 'ID')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,:]\d+)?Z?/g, 'TIME')
    .replace(/(?<![\d.])-?\d+\.\d+(E-?\d+)?\b(?![.-])/g, 'N')
    .replace(/\b1[5-9]\d{11}\b/g, 'TIME')
    .replace(/\bTIME \d+(?=\s|$)/g, 'TIME N')
    .replace(/(?<!Leader)(Epoch:|HighWatermark:)\s+\d+/g, '$1 N')
    .replace(/^\d+\s+A{22}\s+\d+/, '1 ID N')
    .replace(/Call\(callName=(\w+).*? timed out at .*? attempt\(s\)/, 'TIMEOUT of $1')
    .replace(/Timed out waiting for a node assignment. Call: (\w+)\(api=\w+\)/, 'TIMEOUT of $1')
    .replace(/correlation id \d+/, 'correlation id N')
    .replace(/\b\d+ ms\b/g, 'N ms')
    .replace(/^(TIME, TIME, N, N, \d+, N), \d+, \d+, /, '$1, N, N, ');
}
