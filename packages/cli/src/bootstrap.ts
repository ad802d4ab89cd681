import type { Admin, Client } from '@nagare/client';
import { type Command, Option } from 'commander';
import { integer } from './options.ts';
import { UsageError } from './usage-error.ts';

/** The options by which commands find a cluster. */
export interface BootstrapOptions {
  readonly brokers?: string;
  readonly bootstrapServer?: string;
  readonly operationTimeout: number;
}

/** Where to look for a cluster when the command does not say, the strongest first. */
const variables = ['NAGARE_BOOTSTRAP', 'KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKERS'] as const;
const defaultBrokers = '127.0.0.1:9092';

/** Adds the options that say where the cluster is, in our spelling and in that of Kafka's tools. */
export function withBootstrap(command: Command): Command {
  return command
    .addOption(new Option('-b, --brokers <list>', 'where the cluster is: host:port, several with commas'))
    .addOption(new Option('--bootstrap-server <list>', 'the same, as the tools of Kafka spell it'))
    .addOption(
      new Option('--operation-timeout <ms>', 'how long to try before giving up').argParser(integer(1)).default(15_000),
    );
}

/** The brokers to ask first: from the options, else the environment, else the usual port of this machine. */
export function bootstrapOf(
  { brokers, bootstrapServer }: Pick<BootstrapOptions, 'brokers' | 'bootstrapServer'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const given = brokers ?? bootstrapServer ?? variables.map((name) => environment[name]).find(Boolean);
  const list = given ?? defaultBrokers;
  for (const address of list.split(',')) {
    const match = /^\s*(?:\[[0-9a-fA-F:.%]+\]|[^\s:[\]/]+):(\d{1,5})\s*$/.exec(address);
    if (match === null || Number(match[1]) > 65_535) {
      throw new UsageError(`brokers must look like host:port, got ${JSON.stringify(address)}`);
    }
  }
  return list;
}

/** Opens a client for the cluster that the options name. */
export async function connect(options: BootstrapOptions): Promise<Client> {
  const brokers = bootstrapOf(options);
  const { createClient } = await import('@nagare/client');
  return createClient({ brokers, clientId: 'nagare-cli' });
}

/** Opens an admin for the cluster that the options name. */
export async function connectAdmin(options: BootstrapOptions): Promise<Admin> {
  return adminOf(await connect(options), options);
}

/** An admin that gives up in the time that the options say. */
export function adminOf(client: Client, { operationTimeout }: BootstrapOptions): Admin {
  return client.admin({ operationTimeoutMs: operationTimeout, requestTimeoutMs: operationTimeout });
}
