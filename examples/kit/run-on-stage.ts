import { parseArgs } from 'node:util';
import { brokerAddress, commandLine } from './command-line.ts';
import { runExample } from './example.ts';
import { openStage, type Stage } from './stage.ts';

/**
 * Runs an example that has to be told nothing but which Kafka to use.
 *
 * @param about.name - Of its script, its application and its folder.
 * @param about.does - What it does, for `--help`.
 * @param play - Does it, and gives what to print.
 */
export async function runOnStage(
  about: { readonly name: string; readonly does: string },
  play: (stage: Stage, signal: AbortSignal) => Promise<string>,
): Promise<void> {
  await runExample(async (args, signal) => {
    const { values } = commandLine(() => parseArgs({ args: [...args], options: flags }));
    if (values.help) {
      process.stdout.write(helpOf(about));
      return 0;
    }
    const broker = values.broker === undefined ? undefined : brokerAddress('--broker', values.broker);
    await using stage = await openStage({ name: about.name, broker, keep: values.keep });
    process.stdout.write(`${await play(stage, signal)}\n`);
    if (broker !== undefined && values.keep) process.stderr.write(`The topics are kept: ${stage.prefix}*\n`);
    return 0;
  });
}

const flags = {
  broker: { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function helpOf({ name, does }: { readonly name: string; readonly does: string }): string {
  return `${does}

Usage: pnpm ${name} [OPTIONS]

Options
  --broker HOST:PORT  use this Kafka instead of a broker in this process
  --keep              keep the topics on that Kafka after the run
  --help              show this
`;
}
