/**
 * Counts in two threads that inherit how this process was started.
 *
 * Arguments: bootstrap servers. It tells of its states, and closes on SIGTERM.
 */
import { StreamsThreads } from '@nagare/streams';

const threads = new StreamsThreads(new URL('counts.ts', import.meta.url), {
  applicationId: 'threads-inherited',
  brokers: process.argv[2] ?? '',
  numStreamThreads: 2,
  replicationFactor: 1,
  stateListener: (now) => void process.stdout.write(`${now}\n`),
});
process.once('SIGTERM', () => void threads.close());
await threads.start();
await threads.finished;
