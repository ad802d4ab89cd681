import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { productUnderTest } from '../../tools/broker.ts';
import { cacheDirectory, repositoryRoot } from '../../tools/paths.ts';
import { type Client, clients } from './clients.ts';

/** What of each client has passed against our broker, one file each, until it is written into the README. */
function noteOf({ name, version }: Client): string {
  return join(cacheDirectory('works-with'), `${name}-${version}.json`.replace(/[^\w.-]+/g, '_'));
}

/** Begins anew with a client. */
export function forgetPassed(client: Client): void {
  if (productUnderTest() === 'nagare') rmSync(noteOf(client), { force: true });
}

/** Notes that a client has done this with our broker. */
export function notePassed(client: Client, what: string): void {
  if (productUnderTest() === 'nagare') writeFileSync(noteOf(client), JSON.stringify([...passed(client), what]));
}

function passed(client: Client): string[] {
  return existsSync(noteOf(client)) ? (JSON.parse(readFileSync(noteOf(client), 'utf8')) as string[]) : [];
}

/** The table of the README, from what has passed. */
export function worksWithTable(): string {
  const head = [
    'Client',
    'Version',
    'Language',
    'Codecs',
    'Groups (killed and resumed)',
    'Admin',
    'Offsets by time',
    'Transactions',
  ];
  const rows = clients.map((client) => {
    const has = passed(client);
    const all = (what: readonly string[]) => what.filter((each) => has.includes(each)).join(', ') || '–';
    const one = (what: string, isThere: boolean) => (has.includes(what) ? 'yes' : isThere ? 'no' : '–');
    return [
      client.name,
      client.version,
      client.language,
      all(client.codecs),
      client.groups.filter((protocol) => has.includes(`${protocol} group`)).join(', ') || '–',
      one('admin', client.hasAdmin),
      one('offsets by time', client.sendsTimestamps !== false),
      one('transactions', client.fenced !== undefined),
    ];
  });
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Writes the table into the README, between its marks. */
export function writeWorksWith(): void {
  const file = join(repositoryRoot, 'README.md');
  const text = readFileSync(file, 'utf8');
  const marked = /(<!-- works-with: pnpm works-with -->\n)[\s\S]*?(\n<!-- \/works-with -->)/;
  if (!marked.test(text)) throw new Error(`${file} has no place for the table`);
  writeFileSync(
    file,
    text.replace(marked, (_, begin: string, end: string) => begin + worksWithTable() + end),
  );
}
