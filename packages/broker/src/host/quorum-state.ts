import { type Disk, DiskError, replaceFile } from '@nagare/base';
import { zeroUuid } from '@nagare/protocol';

/** What a replica of the metadata log must not forget: who leads, in which epoch. */
export interface QuorumState {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** With level 1 of its protocol the log says who the voters are, and the file does not. */
export interface WrittenQuorumState extends QuorumState {
  readonly kraftVersion: number;
}

/** Keeps the vote of a replica. */
export interface QuorumStateStore {
  read(): Promise<QuorumState | undefined>;
  /** Resolves when a crash cannot undo it. */
  write(state: WrittenQuorumState): Promise<void>;
}

/** The vote in memory, for brokers without files. */
export function memoryQuorumState(initial?: QuorumState): QuorumStateStore {
  let state = initial;
  return {
    read: async () => state,
    write: async (next) => {
      state = next;
    },
  };
}

/** The vote in Kafka's `quorum-state` file. */
export function quorumStateFile(disk: Disk, path: string): QuorumStateStore {
  return {
    async read() {
      try {
        return parseQuorumState((await disk.readFile(path)).toString('utf8'));
      } catch (error) {
        if (error instanceof DiskError && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (state) => replaceFile(disk, path, Buffer.from(formatQuorumState(state))),
  };
}

export function formatQuorumState({ leaderId, leaderEpoch, kraftVersion }: WrittenQuorumState): string {
  if (kraftVersion > 0) {
    return JSON.stringify({ leaderId, leaderEpoch, votedId: -1, votedDirectoryId: zeroUuid, data_version: 1 });
  }
  return JSON.stringify({
    clusterId: '',
    leaderId,
    leaderEpoch,
    votedId: -1,
    appliedOffset: 0,
    currentVoters: [{ voterId: leaderId }],
    data_version: 0,
  });
}

/** Undefined when the text is no vote: the epoch is then taken from the log, which holds it too. */
export function parseQuorumState(text: string): QuorumState | undefined {
  try {
    const { leaderId, leaderEpoch } = JSON.parse(text) as Partial<QuorumState>;
    if (!Number.isInteger(leaderId) || !Number.isInteger(leaderEpoch)) return undefined;
    return { leaderId: leaderId as number, leaderEpoch: leaderEpoch as number };
  } catch {
    return undefined;
  }
}
