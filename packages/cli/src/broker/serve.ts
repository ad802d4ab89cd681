import { resolve } from 'node:path';
import { nodePlatform } from '@nagare/base/node';
import { createBroker, dataDirectoryOf, resolveSettings, type SettingSources } from '@nagare/broker';
import type { BrokerCommandOptions } from '../commands/broker.ts';
import { keepFreedMemory } from './freed-memory.ts';
import { boundHeapGrowth } from './heap-growth.ts';
import { stderrLog } from './log.ts';
import { defaultDirectory, settingSources } from './settings.ts';
import { onceStopped } from './stop-signals.ts';

/** Below the 30 seconds that container platforms wait between SIGTERM and SIGKILL. */
const stopMsMax = 25_000;

/** Runs a broker until a signal ends it. */
export async function serveBroker(options: BrokerCommandOptions): Promise<void> {
  const stopped = onceStopped();
  keepFreedMemory();
  boundHeapGrowth();
  const log = stderrLog(process.env.LOG_LEVEL ?? 'warn');
  const settings = settingsFrom(settingSources(options, process.env));
  const broker = await createBroker({ settings, platform: nodePlatform(), log });
  process.stdout.write(`nagare broker listening on ${broker.bootstrapServers}\n`);
  const signal = await stopped;
  log.info('broker.stopping', { signal });
  setTimeout(() => {
    log.error('broker.stop-timed-out', { stopMsMax });
    process.exit(1);
  }, stopMsMax).unref();
  await broker.stop();
}

/** The settings, with a data directory where nothing names one. */
function settingsFrom(sources: SettingSources) {
  const settings = resolveSettings(sources);
  if (settings.nagareDurability === 'memory' || dataDirectoryOf(settings) !== undefined) return settings;
  return resolveSettings({ ...sources, flags: { ...sources.flags, 'log.dirs': resolve(defaultDirectory) } });
}
