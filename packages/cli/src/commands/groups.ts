import type { Command } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../bootstrap.ts';
import { integer, type OutputFormat, outputOption } from '../options.ts';

export interface ListGroupsOptions extends BootstrapOptions {
  readonly output: OutputFormat;
}

export interface DeleteGroupsOptions extends BootstrapOptions {
  readonly dryRun?: boolean;
}

export interface ResetOptions extends BootstrapOptions {
  readonly topic: string;
  readonly partition?: number;
  readonly toEarliest?: boolean;
  readonly toLatest?: boolean;
  readonly toOffset?: number;
  readonly toTimestamp?: number;
  readonly shiftBy?: number;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

const load = () => import('../groups/operations.ts');

/** `nagare groups`: what there is to do with consumer groups. */
export function addGroupsCommand(program: Command): void {
  const groups = program.command('groups').description('list, describe, delete and reset consumer groups');
  withBootstrap(groups.command('list').description('list groups'))
    .addOption(outputOption())
    .action(async (options: ListGroupsOptions) => (await load()).listGroups(options));
  withBootstrap(groups.command('describe').argument('<group...>').description('show members, offsets and lag'))
    .addOption(outputOption())
    .action(async (ids: string[], options: ListGroupsOptions) => (await load()).describeGroups(ids, options));
  withBootstrap(groups.command('delete').argument('<group...>').description('delete groups without members'))
    .option('--dry-run', 'only say what would be deleted')
    .action(async (ids: string[], options: DeleteGroupsOptions) => (await load()).deleteGroups(ids, options));
  addReset(groups);
}

function addReset(groups: Command): void {
  withBootstrap(groups.command('reset').argument('<group>').description('set the offsets of a group without members'))
    .requiredOption('-t, --topic <topic>', 'the topic to set offsets of')
    .option('-p, --partition <number>', 'one partition only', integer(0))
    .option('--to-earliest', 'to the first record')
    .option('--to-latest', 'behind the last record')
    .option('--to-offset <offset>', 'to an offset, or as near as there are records', integer(0))
    .option('--to-timestamp <ms>', 'to the first record of this time or later (ms since 1970)', integer(0))
    .option('--shift-by <count>', 'forward, or back when below 0', integer(Number.MIN_SAFE_INTEGER))
    .option('--dry-run', 'only show the offsets')
    .addOption(outputOption())
    .action(async (id: string, options: ResetOptions) => (await load()).resetGroup(id, options));
}
