import { application, type Identity } from './application.ts';

// The application in a process of its own, which ends with the one that started it.
process.once('disconnect', () => process.exit());
const app = application(JSON.parse(process.argv[2] as string) as Identity, {
  // A restarted process is the same member of the group: nobody has to find out first that the one before it is dead.
  groupInstanceId: 'shipping',
  sessionTimeoutMs: 10_000,
});
await app.start();
process.send?.('started');
await app.finished;
