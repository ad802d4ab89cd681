import type { apis, ResponseOf } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { FetchPlan, type FetchRequest } from './fetch-plan.ts';

const orders = { topic: 'orders', partition: 0 };
const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
const view = { leaderOf: () => ({ leader: 1, leaderEpoch: 0 }), topicIdOf: () => topicId } as never;

function planOf(): FetchPlan {
  return new FetchPlan({
    ...{ fetchBytesMin: 1, fetchBytesMax: 1_000, partitionFetchBytesMax: 100, fetchWaitMsMax: 100 },
    ...{ prefetchBytesMax: 10_000, isolationLevel: 'read_committed', retryMs: 10 },
  });
}

/** Begins to read at an offset, as a partition that was just assigned. */
function assign(plan: FetchPlan, offset: number): void {
  plan.add([orders], 'latest');
  plan.seek(plan.reader(orders)!, offset);
}

function ask(plan: FetchPlan): { request: FetchRequest; named: number } {
  const [request] = plan.plan(0, view, () => true).requests;
  return { request: request!, named: plan.draftOf(request!).topics?.length ?? 0 };
}

/** What a broker has to tell in a session: of a partition without news, nothing. */
function answer(...readableEnds: number[]): ResponseOf<typeof apis.fetch> {
  const partitions = readableEnds.map((end) => ({
    ...{ partitionIndex: 0, errorCode: 0, highWatermark: end + 1, lastStableOffset: end, logStartOffset: 0 },
    ...{ records: null, abortedTransactions: null },
  }));
  return { errorCode: 0, sessionId: 7, responses: [{ topic: 'orders', topicId, partitions }] } as never;
}

test('a partition that was given up and came back between two requests can be read as far as was told before', () => {
  const plan = planOf();
  assign(plan, 5);
  plan.take(ask(plan).request, answer(5), 0);
  plan.remove([orders]);
  assign(plan, 5);
  expect(plan.reader(orders)!.readableEnd).toBe(-1);
  const { request, named } = ask(plan);
  // Nothing has changed for the broker, which tells nothing either.
  expect(named).toBe(0);
  plan.take(request, answer(), 0);
  expect(plan.reader(orders)!.readableEnd).toBe(5);
});

test('what is told of a partition that was given up meanwhile counts when it comes back', () => {
  const plan = planOf();
  assign(plan, 5);
  plan.take(ask(plan).request, answer(5), 0);
  const { request } = ask(plan);
  plan.remove([orders]);
  plan.take(request, answer(8), 0);
  assign(plan, 8);
  plan.take(ask(plan).request, answer(), 0);
  expect(plan.reader(orders)!.readableEnd).toBe(8);
});

test('a new session tells anew how far partitions can be read', () => {
  const plan = planOf();
  assign(plan, 5);
  const { request } = ask(plan);
  plan.take(request, answer(5), 0);
  plan.refuse(ask(plan).request, 'FETCH_SESSION_ID_NOT_FOUND');
  plan.remove([orders]);
  assign(plan, 5);
  expect(ask(plan).named).toBe(1);
  expect(plan.reader(orders)!.readableEnd).toBe(-1);
});
