import { describe, expect, test } from 'vitest';
import { FetchSession, type SessionPartition } from './fetch-session.ts';

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

function wanted(offsets: Readonly<Record<number, number>>, id = topicId): Map<string, SessionPartition> {
  return new Map(
    Object.entries(offsets).map(([partition, fetchOffset]) => [
      `${partition} orders`,
      {
        ...{ topic: 'orders', topicId: id, partition: Number(partition), currentLeaderEpoch: 0 },
        ...{ fetchOffset, partitionMaxBytes: 100 },
      },
    ]),
  );
}

const partitionsOf = (draft: ReturnType<FetchSession['request']>) =>
  draft.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));

describe('a fetch session', () => {
  test('names everything once, and then what has changed', () => {
    const session = new FetchSession();
    expect(session.request(wanted({ 0: 0, 1: 0 }))).toMatchObject({ sessionId: 0, sessionEpoch: 0 });
    session.onAnswer(7);
    const second = session.request(wanted({ 0: 5, 1: 0, 2: 0 }));
    expect(second).toMatchObject({ sessionId: 7, sessionEpoch: 1, forgottenTopicsData: [] });
    expect(partitionsOf(second)).toEqual([0, 2]);
    session.onAnswer(7);
    const third = session.request(wanted({ 0: 5, 2: 0 }));
    expect(third).toEqual({
      ...{ sessionId: 7, sessionEpoch: 2, topics: [] },
      forgottenTopicsData: [{ topic: 'orders', topicId, partitions: [1] }],
    });
  });

  test('names everything each time where the broker has no room for a session', () => {
    const session = new FetchSession();
    for (let round = 0; round < 3; round++) {
      const draft = session.request(wanted({ 0: 0, 1: 0 }));
      expect(draft).toMatchObject({ sessionId: 0, sessionEpoch: 0 });
      expect(partitionsOf(draft)).toEqual([0, 1]);
      session.onAnswer(0);
    }
  });

  test('begins anew in place of the old one when an answer was lost, or counted otherwise', () => {
    const session = new FetchSession();
    session.request(wanted({ 0: 0 }));
    session.onAnswer(7);
    session.request(wanted({ 0: 1 }));
    session.onLost();
    expect(session.request(wanted({ 0: 1 }))).toMatchObject({ sessionId: 7, sessionEpoch: 0, topics: [{}] });
    session.onAnswer(8);
    expect(session.onError('INVALID_FETCH_SESSION_EPOCH')).toBe(true);
    expect(session.request(wanted({ 0: 1 }))).toMatchObject({ sessionId: 8, sessionEpoch: 0, topics: [{}] });
  });

  test('forgets a session that the broker has forgotten', () => {
    const session = new FetchSession();
    session.request(wanted({ 0: 0 }));
    session.onAnswer(7);
    expect(session.onError('FETCH_SESSION_ID_NOT_FOUND')).toBe(true);
    expect(session.request(wanted({ 0: 0 }))).toMatchObject({ sessionId: 0, sessionEpoch: 0 });
    expect(session.onError('UNKNOWN_SERVER_ERROR')).toBe(false);
  });

  test('takes a topic that was made anew for another one', () => {
    const session = new FetchSession();
    session.request(wanted({ 0: 9 }));
    session.onAnswer(7);
    const anew = 'AAAAAAAAAAAAAAAAAAAAAg';
    const draft = session.request(wanted({ 0: 9 }, anew));
    expect(draft.topics).toMatchObject([{ topicId: anew }]);
    expect(draft.forgottenTopicsData).toMatchObject([{ topicId }]);
  });
});
