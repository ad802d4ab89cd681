import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningBroker } from '../../tools/broker.ts';
import { kafkaTools } from '../../tools/kafka-tool.ts';
import type { ToolHost, ToolsVersion } from '../../tools/tool-host.ts';
import { clusterCommands } from './cluster-commands.ts';
import { type Command, parseLine } from './command.ts';
import { configCommands } from './config-commands.ts';
import { groupCommands } from './group-commands.ts';
import { normalise } from './normalise.ts';
import { recordCommands } from './record-commands.ts';
import { lastCommands, topicCommands } from './topic-commands.ts';
import { transactionCommands } from './transaction-commands.ts';

/** A command line and what was said, in its normal form. */
export interface Entry {
  readonly line: string;
  readonly said: string;
}

/** Every command that a version of the tools has, in the order in which they run. */
export function commandsOf(version: ToolsVersion): readonly Command[] {
  const all = [
    ...topicCommands,
    ...recordCommands,
    ...configCommands,
    ...groupCommands,
    ...transactionCommands,
    ...clusterCommands,
    ...lastCommands,
  ];
  return all.filter(({ only }) => only === undefined || only === version);
}

/** Runs one command against a broker. */
export async function runCommand(host: ToolHost, command: Command, broker: RunningBroker): Promise<Entry> {
  const dir = `${broker.dataDirectory}.files`;
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of Object.entries(command.files ?? {})) {
    writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const { tool, args } = parseLine(command, { bootstrap: broker.bootstrap, dir });
  const main = tool === 'scene' ? 'ToolHost$Scene' : kafkaTools[tool];
  const said = await host.run(main, args, command.input === undefined ? {} : { input: command.input });
  return {
    line: command.line,
    said: normalise(said, { bootstrap: broker.bootstrap, dir, dataDirectory: broker.dataDirectory }),
  };
}
