import { assert } from '@nagare/base';
import type { GroupMetadataMember } from './group-record.ts';

export interface OfferedProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** Who a member is, and how long it may be silent. */
export interface MemberProfile {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
}

const nothing = Buffer.alloc(0);

/** A member of a classic group. */
export class ClassicMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  /** The assignors that the member offers, the one that it likes best first, with its metadata for each. */
  protocols: ReadonlyMap<string, Buffer>;
  assignment: Buffer = nothing;
  /** From its first join until its first generation: it has no id to send heartbeats with yet. */
  isNew = false;
  /** Monotonic time at which its session ends. */
  expiresAtMs = Number.POSITIVE_INFINITY;
  /** The JoinGroup that waits for the next generation. */
  joinTicket: number | undefined = undefined;
  /** The SyncGroup that waits for the leader's assignment. */
  syncTicket: number | undefined = undefined;

  constructor(profile: MemberProfile, protocols: ReadonlyMap<string, Buffer>) {
    this.memberId = profile.memberId;
    this.groupInstanceId = profile.groupInstanceId;
    this.clientId = profile.clientId;
    this.clientHost = profile.clientHost;
    this.rebalanceTimeoutMs = profile.rebalanceTimeoutMs;
    this.sessionTimeoutMs = profile.sessionTimeoutMs;
    this.protocols = protocols;
  }

  get isAwaitingJoin(): boolean {
    return this.joinTicket !== undefined;
  }

  /** A member that waits for others is not to blame for its silence, unless it has never been heard again. */
  get isExcusedFromHeartbeats(): boolean {
    return !this.isNew && (this.joinTicket !== undefined || this.syncTicket !== undefined);
  }

  metadataOf(protocolName: string | null): Buffer {
    return (protocolName === null ? undefined : this.protocols.get(protocolName)) ?? nothing;
  }

  /** Whether the member offers just these protocols, in this order, with this metadata. */
  offers(protocols: ReadonlyMap<string, Buffer>): boolean {
    if (protocols.size !== this.protocols.size) return false;
    const mine = this.protocols.entries();
    for (const [name, metadata] of protocols) {
      const [ownName, ownMetadata] = mine.next().value as [string, Buffer];
      if (name !== ownName || !metadata.equals(ownMetadata)) return false;
    }
    return true;
  }

  /** The protocol that the member likes best among the candidates. */
  vote(isCandidate: (name: string) => boolean): string {
    for (const name of this.protocols.keys()) if (isCandidate(name)) return name;
    assert(false, `Member ${this.memberId} supports none of the protocols that all members support`);
  }

  stored(protocolName: string | null, assignment: Buffer): GroupMetadataMember {
    return {
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      clientId: this.clientId,
      clientHost: this.clientHost,
      rebalanceTimeoutMs: this.rebalanceTimeoutMs,
      sessionTimeoutMs: this.sessionTimeoutMs,
      subscription: this.metadataOf(protocolName),
      assignment,
    };
  }

  /** The member that a record tells of; `live` is the same one as this broker has known it, with all its protocols. */
  static restored(stored: GroupMetadataMember, protocolName: string | null, live?: ClassicMember): ClassicMember {
    const isSame = live?.metadataOf(protocolName).equals(stored.subscription) === true;
    const protocols = isSame ? live.protocols : new Map([[protocolName ?? '', stored.subscription]]);
    const member = new ClassicMember(stored, protocols);
    member.assignment = stored.assignment;
    member.expiresAtMs = live?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    return member;
  }
}

/** The protocols of a request, kept: metadata is copied out of the request's frame, a name counts once. */
export function protocolsOf(offered: readonly OfferedProtocol[]): ReadonlyMap<string, Buffer> {
  const protocols = new Map<string, Buffer>();
  for (const { name, metadata } of offered) if (!protocols.has(name)) protocols.set(name, Buffer.from(metadata));
  return protocols;
}
