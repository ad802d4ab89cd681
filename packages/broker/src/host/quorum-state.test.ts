import { createSimulation } from '@nagare/base/sim';
import { describe, expect, test } from 'vitest';
import { formatQuorumState, parseQuorumState, quorumStateFile } from './quorum-state.ts';

describe('the vote', () => {
  test("is kept in Kafka's JSON form", () => {
    const text = formatQuorumState({ leaderId: 1, leaderEpoch: 3, kraftVersion: 0 });
    expect(JSON.parse(text)).toEqual({
      ...{ clusterId: '', leaderId: 1, leaderEpoch: 3, votedId: -1, appliedOffset: 0 },
      ...{ currentVoters: [{ voterId: 1 }], data_version: 0 },
    });
    expect(parseQuorumState(text)).toEqual({ leaderId: 1, leaderEpoch: 3 });
  });

  test('leaves the voters to a log that names them', () => {
    const text = formatQuorumState({ leaderId: 1, leaderEpoch: 3, kraftVersion: 1 });
    expect(JSON.parse(text)).toEqual({
      ...{ leaderId: 1, leaderEpoch: 3, votedId: -1, votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA', data_version: 1 },
    });
    expect(parseQuorumState(text)).toEqual({ leaderId: 1, leaderEpoch: 3 });
  });

  test.each(['', '{', '{}', '[]', 'null', '{"leaderId":"1","leaderEpoch":2}'])('%j is no vote', (text) => {
    expect(parseQuorumState(text)).toBeUndefined();
  });

  test('is in its file after a loss of power', async () => {
    const sim = createSimulation({ seed: 1 });
    const { disk } = sim.platform('node');
    await sim.complete(disk.makeDirectory('/data'));
    await sim.complete(disk.syncDirectory('/'));
    const store = quorumStateFile(disk, '/data/quorum-state');
    expect(await sim.complete(store.read())).toBeUndefined();
    await sim.complete(store.write({ leaderId: 1, leaderEpoch: 7, kraftVersion: 0 }));
    sim.platform('node').powerLoss();
    const restarted = quorumStateFile(sim.platform('node').disk, '/data/quorum-state');
    expect(await sim.complete(restarted.read())).toEqual({ leaderId: 1, leaderEpoch: 7 });
  });
});
