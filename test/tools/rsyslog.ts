import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, runToEnd } from './child.ts';
import { scratchDirectory } from './paths.ts';

/** The rsyslogd program with its output to Kafka, installed from Debian when it is missing. */
export async function rsyslogd(): Promise<string> {
  if (await loadsOmkafka()) return 'rsyslogd';
  if (process.getuid?.() !== 0) throw new Error('rsyslog-kafka is not installed, and only root can install it');
  const environment = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['update', '-q'], environment);
  await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'rsyslog', 'rsyslog-kafka'], environment);
  if (!(await loadsOmkafka())) throw new Error('rsyslog-kafka was installed and cannot be loaded');
  return 'rsyslogd';
}

/** Has a configuration checked that loads the module. */
async function loadsOmkafka(): Promise<boolean> {
  using scratch = scratchDirectory('rsyslog');
  const path = join(scratch.path, 'rsyslog.conf');
  writeFileSync(path, 'module(load="omkafka")\naction(type="omkafka" topic="t" broker=["localhost:9092"])\n');
  return await runToEnd('rsyslogd', ['-N', '1', '-f', path]).then(
    ({ code }) => code === 0,
    () => false,
  );
}
