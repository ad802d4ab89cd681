import type { Command } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../bootstrap.ts';
import { assignment, integer, type OutputFormat, outputOption, several } from '../options.ts';

export interface CreateOptions extends BootstrapOptions {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string>>;
  readonly ifNotExists?: boolean;
  readonly dryRun?: boolean;
}

export interface ListTopicsOptions extends BootstrapOptions {
  readonly internal?: boolean;
  readonly output: OutputFormat;
}

export interface DescribeTopicsOptions extends BootstrapOptions {
  readonly output: OutputFormat;
}

export interface DeleteTopicsOptions extends BootstrapOptions {
  readonly dryRun?: boolean;
}

export interface AlterOptions extends BootstrapOptions {
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
  readonly deleteConfig?: readonly string[];
  readonly dryRun?: boolean;
}

const load = () => import('../topics/operations.ts');

/** `nagare topics`: what there is to do with topics. */
export function addTopicsCommand(program: Command): void {
  const topics = program.command('topics').description('create, list, describe, delete and change topics');
  addCreate(topics);
  addListAndDescribe(topics);
  addDelete(topics);
  addAlter(topics);
}

function addCreate(topics: Command): void {
  withBootstrap(topics.command('create').argument('<topic...>').description('create topics'))
    .option('-p, --partitions <count>', "how many partitions (default: the broker's)", integer(1))
    .option('-r, --replication-factor <count>', "how many replicas (default: the broker's)", integer(1, 32_767))
    .option('-c, --config <name=value>', 'a setting of the topic; may be given several times', assignment)
    .option('--if-not-exists', 'leave a topic that exists as it is')
    .option('--dry-run', 'only ask the broker whether it would')
    .action(async (names: string[], options: CreateOptions) => (await load()).createTopics(names, options));
}

function addListAndDescribe(topics: Command): void {
  withBootstrap(topics.command('list').description('list topics'))
    .option('--internal', 'also those that the cluster keeps for itself')
    .addOption(outputOption())
    .action(async (options: ListTopicsOptions) => (await load()).listTopics(options));
  withBootstrap(topics.command('describe').argument('<topic...>').description('show partitions and settings'))
    .addOption(outputOption())
    .action(async (names: string[], options: DescribeTopicsOptions) => (await load()).describeTopics(names, options));
}

function addDelete(topics: Command): void {
  withBootstrap(topics.command('delete').argument('<topic...>').description('delete topics and their records'))
    .option('--dry-run', 'only say what would be deleted')
    .action(async (names: string[], options: DeleteTopicsOptions) => (await load()).deleteTopics(names, options));
}

function addAlter(topics: Command): void {
  withBootstrap(topics.command('alter').argument('<topic>').description('add partitions, change settings'))
    .option('-p, --partitions <count>', 'raise the number of partitions to this', integer(1))
    .option('-c, --config <name=value>', 'set a setting; may be given several times', assignment)
    .option('--delete-config <name>', 'take back a setting; may be given several times', several)
    .option('--dry-run', 'only ask the broker whether it would')
    .action(async (name: string, options: AlterOptions) => (await load()).alterTopic(name, options));
}
