import { type Command, Option } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../bootstrap.ts';
import { integer } from '../options.ts';

export interface ConsumeOptions extends BootstrapOptions {
  readonly fromBeginning?: boolean;
  readonly group?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly max?: number;
  readonly timeout?: number;
  readonly format: string;
  readonly output: 'text' | 'json';
  readonly isolation: 'read_uncommitted' | 'read_committed';
}

const notes = `
Formats know %k key, %v or %s value, %K and %S their lengths (-1 for null), %t topic, %p partition, %o offset,
%T timestamp, %h headers, %%, and \\n \\r \\t \\0 \\\\ \\xNN.`;

/** `nagare consume`: prints records. */
export function addConsumeCommand(program: Command): void {
  withBootstrap(program.command('consume').argument('<topic...>').description('print records'))
    .option('--from-beginning', 'start at the first record where the group has no offset')
    .option('-g, --group <id>', 'share partitions and commit offsets with a group')
    .option('-p, --partition <number>', 'read one partition only', integer(0))
    .option('-o, --offset <offset>', 'start at this offset of --partition', integer(0))
    .option('--max <count>', 'stop after so many records', integer(1))
    .option('--timeout <ms>', 'stop when no record came for so long', integer(1))
    .option('-f, --format <text>', 'how a record is printed', '%v\\n')
    .addOption(
      new Option('--output <format>', 'text, or a line of JSON each').choices(['text', 'json']).default('text'),
    )
    .addOption(
      new Option('--isolation <level>', 'which records of transactions to show')
        .choices(['read_uncommitted', 'read_committed'])
        .default('read_uncommitted'),
    )
    .addHelpText('after', notes)
    .action(async (topics: string[], options: ConsumeOptions) => {
      const { consumeTopics } = await import('../consume/consume-topics.ts');
      await consumeTopics(topics, options);
    });
}
