import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.ts';
import { cacheDirectory } from './paths.ts';

/** A Python with one Kafka client in it. */
export interface Python {
  /** The interpreter of the virtual environment. */
  readonly command: string;
}

/**
 * Makes a virtual environment with `requirement` (as pip spells it), and `more` beside it, in the cache folder and returns
 * its interpreter.
 */
export async function python(requirement: string, more: readonly string[] = []): Promise<Python> {
  const directory = join(cacheDirectory('python'), requirement.replace('==', '-'));
  const command = join(directory, 'bin/python');
  const [module = requirement] = requirement.split('==');
  const isThere = (name: string) => isInstalled(command, name);
  if (existsSync(command) && (await Promise.all([module, ...more].map(isThere))).every(Boolean)) return { command };
  await run('python3', ['-m', 'venv', '--clear', directory]);
  await run(command, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement, ...more]);
  return { command };
}

async function isInstalled(command: string, distribution: string): Promise<boolean> {
  const script = `import importlib.metadata as m; m.version(${JSON.stringify(distribution)})`;
  return run(command, ['-c', script]).then(
    () => true,
    () => false,
  );
}
