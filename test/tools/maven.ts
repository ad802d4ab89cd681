import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './child.ts';
import { cacheDirectory, repositoryRoot } from './paths.ts';

/** The sets of jars that tests use, one pom each under test/tools/maven. */
export type Distribution = 'kafka-4.3.1' | 'kafka-3.9.2' | 'clients-4.4.0' | 'clients-3.9.2' | 'streams-4.3.1';

const resolved = new Map<Distribution, Promise<string>>();

/** The class path of a distribution, fetched from Maven Central at first use and remembered in the cache folder. */
export function classPath(distribution: Distribution): Promise<string> {
  let answer = resolved.get(distribution);
  if (answer === undefined) {
    answer = resolve(distribution);
    resolved.set(distribution, answer);
  }
  return answer;
}

/** The path of the jar of a distribution whose file name starts with `prefix`. */
export async function jar(distribution: Distribution, prefix: string): Promise<string> {
  const path = (await classPath(distribution)).split(':').find((entry) => basename(entry).startsWith(prefix));
  if (path === undefined) throw new Error(`No jar ${prefix}* in ${distribution}`);
  return path;
}

async function resolve(distribution: Distribution): Promise<string> {
  const pom = join(repositoryRoot, 'test/tools/maven', distribution, 'pom.xml');
  const file = join(cacheDirectory('maven'), `${distribution}.classpath`);
  if (isComplete(file, pom)) return readFileSync(file, 'utf8');
  const partial = `${file}.${process.pid}`;
  await run('mvn', ['-B', '-q', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${partial}`]);
  renameSync(partial, file);
  return readFileSync(file, 'utf8');
}

/** A remembered class path serves while it is newer than its pom and all its jars are still there. */
function isComplete(file: string, pom: string): boolean {
  if (!existsSync(file) || statSync(file).mtimeMs < statSync(pom).mtimeMs) return false;
  return readFileSync(file, 'utf8').split(':').every(existsSync);
}
