import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue, type SimEvent } from './event-queue.ts';

test('events come by time, then in the order of scheduling, without those that were cancelled', () => {
  const plans = fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 9 }), isCancelled: fc.boolean() }));
  fc.assert(
    fc.property(plans, (planned) => {
      const queue = new EventQueue();
      const events = planned.map(({ atMs }) => queue.push(atMs, () => {}));
      for (const [index, { isCancelled }] of planned.entries()) if (isCancelled) events[index]!.run = undefined;
      const expected = events.filter((event) => event.run !== undefined).sort((a, b) => a.atMs - b.atMs);
      expect(drain(queue)).toEqual(expected);
    }),
  );
});

function drain(queue: EventQueue): SimEvent[] {
  const events: SimEvent[] = [];
  for (let event = queue.pop(); event !== undefined; event = queue.pop()) events.push(event);
  return events;
}
