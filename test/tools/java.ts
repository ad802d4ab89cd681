import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './child.ts';
import { classPath, type Distribution } from './maven.ts';
import { cacheDirectory } from './paths.ts';

/** Compiles a Java program of one file, unless that is done since it changed, and gives the class path to run it with. */
export async function compiledJava(source: string, distribution: Distribution): Promise<string> {
  const jars = await classPath(distribution);
  const name = basename(source, '.java');
  const folder = join(cacheDirectory('java'), `${name}-${distribution}`);
  if (!isNewer(join(folder, `${name}.class`), source)) {
    await run('javac', ['-nowarn', '-cp', jars, '-d', folder, source]);
  }
  return `${folder}:${jars}`;
}

function isNewer(made: string, source: string): boolean {
  return existsSync(made) && statSync(made).mtimeMs > statSync(source).mtimeMs;
}
