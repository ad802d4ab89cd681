import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { Child, run } from '../tools/child.ts';
import { repositoryRoot } from '../tools/paths.ts';
import { python } from '../tools/python.ts';
import { brokerForFile } from './broker-for-file.ts';

const client = await ifAvailable('kafka-python 2.0.2', () => python('kafka-python==2.0.2'));
const script = (name: string) => join(repositoryRoot, 'test/interop/kafka-python', name);

describe.skipIf(client === undefined)('kafka-python 2.0.2', () => {
  const broker = brokerForFile();
  const command = client?.command ?? '';

  test('a script produces to a topic that does not exist yet and another reads it all', async () => {
    const target = [broker().bootstrap, 'python-orders'];
    expect(await run(command, [script('producer.py'), ...target, '1000'])).toBe('sent 1000\n');
    const lines = (await run(command, [script('consumer.py'), ...target, '1000'])).trim().split('\n');
    const expected = Array.from({ length: 1000 }, (_, n) => `0 ${n} ${n} 流れ ${n}`);
    expect(lines).toEqual(expected);
  });

  test('a group consumer that is killed goes on from its committed offset when it starts again', async () => {
    const target = [broker().bootstrap, 'python-group'];
    await run(command, [script('producer.py'), ...target, '1000']);

    const first = new Child(command, [script('group_consumer.py'), ...target, 'readers']);
    await first.waitForOutput(/^committed 300\n(read \d+ \d+\n){20}/m);
    await first.end('SIGKILL');
    const committed = lastNumber(first.stdout, /^committed (\d+)$/gm);

    const second = await run(command, [script('group_consumer.py'), ...target, 'readers']);
    const offsets = [...second.matchAll(/^read (\d+) (\d+)$/gm)].map((match) => Number(match[1]));
    const resumedAt = offsets[0] ?? -1;
    // A commit may have been stored whose printed line the kill cut off.
    expect([committed, committed + 100]).toContain(resumedAt);
    expect(offsets).toEqual(Array.from({ length: 1000 - resumedAt }, (_, n) => resumedAt + n));
  });
});

function lastNumber(text: string, pattern: RegExp): number {
  return Number([...text.matchAll(pattern)].at(-1)?.[1]);
}
