import { CommanderError } from 'commander';
import { isOperatorError, lineOf, reportOf } from './failure.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line.
 *
 * @param args - What stands behind the name of the program.
 * @returns The exit code: 0 done, 1 failed, 2 for what the caller can put right.
 */
export async function run(args: readonly string[]): Promise<number> {
  process.on('uncaughtException', fail);
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has told its own errors already; help and version are not failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (isReaderGone(error)) return 0;
    process.stderr.write(`${reportOf(error)}\n`);
    return isOperatorError(error) ? 2 : 1;
  } finally {
    process.off('uncaughtException', fail);
  }
}

/** Ends the process on what nothing caught. */
function fail(error: Error): void {
  if (isReaderGone(error)) process.exit(0);
  process.stderr.write(`${lineOf(error)}\n${error.stack}\n`);
  process.exit(1);
}

/** Whether whoever read standard output has seen enough, as `head` has: no failure. */
function isReaderGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
