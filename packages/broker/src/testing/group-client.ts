import type { JoinReply, SyncReply } from '../core/group/replies.ts';
import type { Asked } from './group-shard.ts';

/** A member of a classic group that remembers what it was told, and no more. */
export class GroupClient {
  readonly instance: string | null;
  memberId = '';
  joined: JoinReply | undefined = undefined;
  isSynced = false;
  join: Asked<JoinReply> | undefined = undefined;
  sync: Asked<SyncReply> | undefined = undefined;

  constructor(instance: string | null) {
    this.instance = instance;
  }

  get isWaiting(): boolean {
    return this.join !== undefined || this.sync !== undefined;
  }

  /** Who owns what it is assigned: another process of the same instance takes it over. */
  get owner(): string {
    return this.instance ?? this.memberId;
  }

  /** The connection is gone, with the answers that were to come. */
  disconnect(): void {
    this.join = undefined;
    this.sync = undefined;
  }

  /** The process starts anew. */
  forget(): void {
    this.disconnect();
    this.memberId = '';
    this.joined = undefined;
    this.isSynced = false;
  }
}
