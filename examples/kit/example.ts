import { CodedError } from '@nagare/base';
import { UsageError } from './command-line.ts';

/**
 * Runs an example as this process's program: its answer is the exit code; 1 stands for a failed run, 2 for a mistake in
 * the command line or the input, and 130 for Ctrl-C, which ends the run as its end would.
 */
export async function runExample(main: (args: readonly string[], signal: AbortSignal) => Promise<number>) {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  try {
    // A package manager may hand over its own separator.
    const args = process.argv.slice(2).filter((argument) => argument !== '--');
    process.exitCode = await main(args, stop.signal);
  } catch (error) {
    process.stderr.write(`${explain(error, stop.signal)}\n`);
    process.exitCode = stop.signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
  }
}

function explain(error: unknown, { aborted }: AbortSignal): string {
  if (aborted) return 'Stopped';
  if (error instanceof UsageError) return `${error.message}\nTry --help`;
  // What the broker or the network says is enough for whoever runs this; everything else is a defect.
  if (error instanceof CodedError) return error.message;
  return (error as Error).stack ?? String(error);
}
