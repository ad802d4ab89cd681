import type { Compression } from '@nagare/client';
import { type Command, Option } from 'commander';
import { type BootstrapOptions, withBootstrap } from '../bootstrap.ts';
import { integer, several } from '../options.ts';

export interface ProduceOptions extends BootstrapOptions {
  readonly key?: string;
  readonly keySeparator?: string;
  readonly header?: readonly string[];
  readonly partition?: number;
  readonly compression: Compression;
  readonly acks: '0' | '1' | 'all';
  readonly emptyIsNull?: boolean;
}

/** `nagare produce`: lines of standard input become records. */
export function addProduceCommand(program: Command): void {
  withBootstrap(program.command('produce').argument('<topic>').description('send each line of standard input'))
    .option('-k, --key <key>', 'the key of every record')
    .option('-K, --key-separator <text>', 'what stands between key and value in a line')
    .option('-H, --header <name=value>', 'a header of every record; may be given several times', several)
    .option('-p, --partition <number>', 'send all to one partition', integer(0))
    .option('-Z, --empty-is-null', 'send empty values as null, which deletes keys from compacted topics')
    .addOption(
      new Option('-z, --compression <codec>', 'how batches are compressed')
        .choices(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .default('none'),
    )
    .addOption(
      new Option('--acks <count>', 'how many replicas must have a record').choices(['0', '1', 'all']).default('all'),
    )
    .action(async (topic: string, options: ProduceOptions) => {
      const { produceLines } = await import('../produce/produce-lines.ts');
      await produceLines(topic, options, process.stdin);
    });
}
