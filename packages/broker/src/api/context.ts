import type { Address, Clock, Log, Platform, Random, Timers } from '@nagare/base';
import type { BrokerSettings } from '../config/broker-settings.ts';
import type { MetadataImage } from '../core/controller/image.ts';
import type { FaultPlan } from '../embedded/fault-plan.ts';
import type { ControllerHost } from '../host/controller-host.ts';
import type { FetchPurgatory } from '../host/fetch-purgatory.ts';
import type { FetchSessionCache } from '../host/fetch-session-cache.ts';
import type { GroupHost } from '../host/group-host.ts';
import type { Partitions } from '../host/partitions.ts';
import type { TransactionHost } from '../host/transaction-host.ts';

/** What a handler knows of the request besides its body. */
export interface RequestContext {
  readonly version: number;
  readonly clientId: string | null;
  readonly connection: ConnectionContext;
  readonly broker: BrokerServices;
}

export interface ConnectionContext {
  /** Unique among the connections of this broker's life. */
  readonly id: number;
  readonly remote: Address;
  /** Where this client should reach this broker: what Metadata and FindCoordinator answer. */
  readonly advertised: Address;
  /**
   * Tells, before the handler first waits, how long the answer may be: it holds back what the client sends behind.
   *
   * @returns how long it may be as things are; never less than one MiB of what was asked for.
   */
  announce(answerBytesMax: number): number;
  /** Closes the connection without an answer: how a failed Produce with acks=0 is told. */
  close(reason: string): void;
}

/** The parts of the running broker that handlers call. */
export interface BrokerServices {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly settings: BrokerSettings;
  /** The data directory, as DescribeLogDirs names it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** What connections and requests wait by. It is real time also where {@link clock} and {@link timers} are not. */
  readonly waits: Pick<Platform, 'clock' | 'timers'>;
  /** What a test lets go wrong. */
  readonly faults: FaultPlan;
  /** The cluster's metadata as of now: immutable, a new one after each change. */
  image(): MetadataImage;
  readonly controller: ControllerHost;
  readonly partitions: Partitions;
  readonly purgatory: FetchPurgatory;
  readonly fetchSessions: FetchSessionCache;
  readonly groups: GroupHost;
  readonly transactions: TransactionHost;
  /** Writes down how far the logs have come: where each begins, and what of it is synced. */
  checkpoint(): Promise<void>;
}
