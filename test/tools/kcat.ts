import { run, runToEnd } from './child.ts';

/** The kcat program (librdkafka's command line), installed from Debian when it is missing. */
export async function kcat(): Promise<string> {
  if (await runs()) return 'kcat';
  if (process.getuid?.() !== 0) throw new Error('kcat is not installed, and only root can install it');
  const environment = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['update', '-q'], environment);
  await run('apt-get', ['install', '-q', '-y', 'kcat'], environment);
  if (!(await runs())) throw new Error('kcat was installed and does not run');
  return 'kcat';
}

async function runs(): Promise<boolean> {
  return runToEnd('kcat', ['-V']).then(
    (outcome) => outcome.code === 0,
    () => false,
  );
}
