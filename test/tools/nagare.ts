import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrokerOptions, type RunningBroker, singleBrokerSettings } from './broker.ts';
import { Child } from './child.ts';
import { repositoryRoot } from './paths.ts';
import { awaitFirstAnswer, runningBroker } from './running-broker.ts';

const SOURCE = 'packages/cli/src/main.ts';
const COMPILED = 'packages/cli/bundle/main.js';

/** Whether the command line of this repository is there to be run. */
export function nagareExists(): boolean {
  return existsSync(join(repositoryRoot, SOURCE));
}

/**
 * Starts `nagare broker` and resolves when it answers. It runs from the sources, or as it is published (`pnpm build`
 * first) when `NAGARE_COMPILED` is set.
 */
export async function startNagare(options: BrokerOptions): Promise<RunningBroker> {
  mkdirSync(options.dataDirectory, { recursive: true });
  const properties = `${options.dataDirectory}.properties`;
  const settings = { ...singleBrokerSettings, ...options.settings };
  writeFileSync(
    properties,
    `${Object.entries(settings)
      .map((entry) => entry.join('='))
      .join('\n')}\n`,
  );
  const startMs = performance.now();
  const child = new Child(process.execPath, [
    ...program(),
    'broker',
    '--listen',
    `127.0.0.1:${options.port ?? 0}`,
    '--data',
    options.dataDirectory,
    '--config',
    properties,
  ]);
  const match = await listening(child);
  const port = Number(match[1]);
  const startedInMs = await awaitFirstAnswer(child, `127.0.0.1:${port}`, startMs);
  return runningBroker({ product: 'nagare', child, port, dataDirectory: options.dataDirectory, startedInMs });
}

/** Waits until the broker listens. One that does not in a time that is long for the slowest machine is ended. */
async function listening(child: Child): Promise<RegExpExecArray> {
  try {
    return await child.waitForOutput(/^nagare broker listening on 127\.0\.0\.1:(\d+)$/m, 180_000);
  } catch (error) {
    await child.end('SIGKILL');
    throw error;
  }
}

function program(): string[] {
  if (process.env.NAGARE_COMPILED !== undefined) return [join(repositoryRoot, COMPILED)];
  // One process, not a launcher and its child: signals and /proc must reach the broker itself.
  return ['--import', 'tsx', '--conditions=@nagare/source', join(repositoryRoot, SOURCE)];
}
