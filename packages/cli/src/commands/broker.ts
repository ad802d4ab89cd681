import type { Command } from 'commander';
import { assignment } from '../options.ts';

export interface BrokerCommandOptions {
  readonly listen?: string;
  readonly data?: string;
  readonly memory?: boolean;
  readonly config?: string;
  readonly set?: Readonly<Record<string, string>>;
}

const notes = `
Settings have the names that Kafka gives them: see docs/config.md. They come from the options, then from the environment
(KAFKA_LOG_RETENTION_MS is log.retention.ms), then from --config, then from their defaults.

Once clients can connect it prints one line, nagare broker listening on HOST:PORT. Logs go to standard error as JSON,
from the level of LOG_LEVEL on (trace, debug, info, warn, error, fatal, silent; default warn).
SIGTERM and SIGINT stop it in order; a second one ends it at once.`;

/** `nagare broker`: a broker in this process. */
export function addBrokerCommand(program: Command): void {
  program
    .command('broker')
    .description('run a broker')
    .option('--listen <host:port>', 'where to listen; port 0 takes a free one (default: 127.0.0.1:9092)')
    .option('--data <dir>', 'the data directory, made when it is missing (default: nagare-data)')
    .option('--memory', 'keep no files: records are gone when the broker stops')
    .option('--config <file>', 'a .properties file with settings')
    .option('--set <name=value>', 'a setting; may be given several times', assignment)
    .addHelpText('after', notes)
    .action(async (options: BrokerCommandOptions) => {
      const { serveBroker } = await import('../broker/serve.ts');
      await serveBroker(options);
    });
}
