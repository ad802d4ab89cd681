import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBrokerCommand } from './commands/broker.ts';
import { addConsumeCommand } from './commands/consume.ts';
import { addGroupsCommand } from './commands/groups.ts';
import { addProduceCommand } from './commands/produce.ts';
import { addTopicsCommand } from './commands/topics.ts';
import { lineOf } from './failure.ts';

const notes = `
Clients find the cluster by --brokers, or the variables NAGARE_BOOTSTRAP, KAFKA_BOOTSTRAP_SERVERS, KAFKA_BROKERS;
else they try 127.0.0.1:9092. Exit codes: 0 done, 1 failed, 2 wrong usage or settings.`;

/** The command line: descriptions and options only. What a command needs is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command('nagare')
    .description('A Kafka broker, and what one needs to look after topics, records and groups')
    .version(versionText(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .helpOption('-h, --help', 'print this')
    .addHelpText('after', notes)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${lineOf(text.replace(/^error: /, ''))}\n`) });
  addBrokerCommand(program);
  addTopicsCommand(program);
  addProduceCommand(program);
  addConsumeCommand(program);
  addGroupsCommand(program);
  return program;
}

function versionText(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return manifest.version;
}
