import { seededRandom } from '@nagare/base';
import type { LogLine } from './topology.ts';

const startMs = Date.UTC(2025, 2, 3, 12);
const hosts = ['web-1', 'web-2', 'db-1'];
const services = ['nginx', 'sshd', 'postgres', 'cron'];

/** Four minutes of the logs of three hosts; in the third the database is gone, and everybody behind it says so. */
export function logs(seed: number): LogLine[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]) => list[random.below(list.length)] as T;
  return Array.from({ length: 240 }, (_, second): LogLine => {
    const time = new Date(startMs + second * 1_000).toISOString();
    if (second >= 120 && second < 180 && second % 4 === 0) {
      return { time, host: pick(['web-1', 'web-2']), service: 'nginx', severity: 'err', message: 'upstream is gone' };
    }
    const severity = random.below(20) === 0 ? 'err' : 'info';
    return { time, host: pick(hosts), service: pick(services), severity, message: 'something happened' };
  });
}
