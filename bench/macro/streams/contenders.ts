import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Child } from '@nagare/tests/tools/child';
import { compiledJava } from '@nagare/tests/tools/java';
import { repositoryRoot } from '@nagare/tests/tools/paths';
import type { Topics } from './topologies.ts';

export type Contender = 'kafka-streams' | 'nagare' | '@kafkats/flow';
export type Guarantee = 'at_least_once' | 'exactly_once_v2';

/** The one to compare with first. */
export const contenders: readonly Contender[] = ['kafka-streams', 'nagare', '@kafkats/flow'];
export const guarantees: readonly Guarantee[] = ['at_least_once', 'exactly_once_v2'];

/** What an application is told. */
export interface Application {
  readonly bootstrap: string;
  readonly applicationId: string;
  readonly stateDirectory: string;
  readonly guarantee: Guarantee;
  readonly row: string;
  readonly topics: Topics;
}

/** What Kafka's own scripts give their tools. */
const JVM = ['-Xmx512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-Djava.awt.headless=true'];
const QUIET = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';

/** Compiles what has to be, so that no run pays for it. */
export async function prepare(): Promise<(contender: Contender, application: Application) => Child> {
  const jars = await compiledJava(join(repositoryRoot, 'bench/macro/streams/StreamsBench.java'), 'streams-4.3.1');
  return (contender, application) => {
    const { bootstrap, applicationId, stateDirectory, guarantee, row, topics } = application;
    const told = [bootstrap, applicationId, stateDirectory, guarantee, row, topics.input, topics.table, topics.output];
    if (contender === 'kafka-streams') return new Child('java', [...JVM, QUIET, '-cp', jars, 'StreamsBench', ...told]);
    if (contender === 'nagare') return new Child(process.execPath, [...profiling(), OURS, ...told]);
    return new Child(process.execPath, [KAFKATS, ...told]);
  };
}

/** One of our programs as users run theirs: compiled. */
export const compiled = (name: string) => join(repositoryRoot, 'bench/dist/macro/streams', name);
const OURS = compiled('application.js');
const KAFKATS = compiled('kafkats-application.js');

/** Flags of Node for our application, for instance `--cpu-prof --cpu-prof-dir=profiles`. */
function profiling(): string[] {
  return (process.env.NAGARE_BENCH_NODE_FLAGS ?? '').split(' ').filter((flag) => flag !== '');
}

/** Rows of that name, or that begin with it. */
const kafkatsLacks: Readonly<Record<string, string>> = {
  'foreign-key join': 'no such operator',
  restore: 'the store takes too long to build',
  driver: 'runs within vitest alone',
};

/** Why a contender has no figure of a row; undefined where it has one. */
export function whyAbsent(contender: Contender, row: string): string | undefined {
  if (contender !== '@kafkats/flow') return undefined;
  const lack = Object.entries(kafkatsLacks).find(([name]) => row.startsWith(name))?.[1];
  return lack ?? (isInstalled('@kafkats/flow-state-lmdb') ? undefined : 'not installed');
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** @kafkats/flow awaits one record after the other, and is given as many fewer as it takes longer. */
const KAFKATS_PART = 0.003;

/** How many of the records of a run a contender is given. */
export function partOf(contender: Contender): number {
  return contender === '@kafkats/flow' ? KAFKATS_PART : 1;
}
