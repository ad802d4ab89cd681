import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SettingSources } from '@nagare/broker';
import type { BrokerCommandOptions } from '../commands/broker.ts';
import { UsageError } from '../usage-error.ts';

/** The data directory when nothing names one. */
export const defaultDirectory = 'nagare-data';

/** Where the broker's settings come from, for `resolveSettings`. */
export function settingSources(
  options: BrokerCommandOptions,
  environment: Readonly<Record<string, string | undefined>>,
): SettingSources {
  const { listen, data, memory, config, set } = options;
  if (memory && data !== undefined) throw new UsageError('--memory keeps no files: leave out --data');
  return {
    flags: {
      ...set,
      ...(listen === undefined ? {} : { listeners: listenerOf(listen) }),
      ...(data === undefined ? {} : { 'log.dirs': resolve(data) }),
      ...(memory ? { 'nagare.durability': 'memory' } : {}),
    },
    environment,
    ...(config === undefined ? {} : { fileText: read(config) }),
  };
}

function listenerOf(listen: string): string {
  const match = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(listen);
  if (match === null || Number(match[1]) > 65_535) {
    throw new UsageError(`--listen must look like HOST:PORT, got ${JSON.stringify(listen)}`);
  }
  return `PLAINTEXT://${listen}`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the settings: ${(cause as Error).message}`, { cause });
  }
}
