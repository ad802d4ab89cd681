import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { repositoryRoot, scratchDirectory } from './paths.ts';

/** What one run of vitest counted. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Adds up the counts of several runs. */
export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((total, tally) => ({
    passed: total.passed + tally.passed,
    failed: total.failed + tally.failed,
    skipped: total.skipped + tally.skipped,
  }));
}

/**
 * Runs vitest in a process of its own, its report on this process's output, and counts the tests. A file that cannot
 * be loaded, an unhandled error and an end without a report count as one failed test each.
 */
export async function runVitest(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Tally> {
  using scratch = scratchDirectory('vitest');
  const report = join(scratch.path, 'report.json');
  const program = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [program, 'run', ...args, ...reporters], {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  const read = readReport(report);
  if (process.env.NAGARE_FAILURES !== undefined) appendFileSync(process.env.NAGARE_FAILURES, failuresOf(read));
  const tally = tallyOf(read);
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** The part of vitest's JSON report (Jest's form) that is counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly FileReport[];
}

interface FileReport {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

/** The report, or undefined where vitest ended without one. */
function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

function tallyOf(report: Report | undefined): Tally {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(isUnloadable).length,
    skipped: report.numPendingTests,
  };
}

const isUnloadable = (file: FileReport) => file.status === 'failed' && file.assertionResults.length === 0;

/** What failed and why, for the end of a long log, whose middle may be gone by then. */
function failuresOf(report: Report | undefined): string {
  const described = (report?.testResults ?? []).flatMap((file) => {
    const path = relative(repositoryRoot, file.name);
    if (isUnloadable(file)) return [`${path}\n${file.message}\n\n`];
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    return failed.map(({ fullName, failureMessages }) => `${path}: ${fullName}\n${failureMessages.join('\n')}\n\n`);
  });
  return described.join('');
}
