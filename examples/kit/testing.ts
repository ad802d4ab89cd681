/**
 * Runs examples as their users do, for their tests.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of the standard output, as numbers by name. */
  readonly verdict: Readonly<Record<string, number>>;
}

/** Runs a program of the repository from its sources and waits for its end. */
export async function runProgram(
  main: URL,
  args: readonly string[],
  options: {
    readonly stdin?: string /** Stops it as Ctrl-C does, when it shows this. */;
    readonly until?: RegExp;
  } = {},
): Promise<Ended> {
  const node = ['--import', 'tsx', '--conditions=@nagare/source', fileURLToPath(main), ...args];
  const child = spawn(process.execPath, node, { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  child.stderr.on('data', (shown) => options.until?.test(String(shown)) && child.kill('SIGINT'));
  child.stdin.on('error', () => undefined).end(options.stdin ?? '');
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const pairs = [...(stdout.trimEnd().split('\n').at(-1) ?? '').matchAll(/(\w+)=([\d.]+)/g)];
  return { code, stdout, stderr, verdict: Object.fromEntries(pairs.map(([, name, value]) => [name, Number(value)])) };
}

/** What the README in the folder of a file says that the example prints: its blocks of plain text, one after the other. */
export function readmeOutput(file: string): string {
  const readme = readFileSync(new URL('README.md', file), 'utf8');
  return [...readme.matchAll(/^```text\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
}
