import type { Log, Platform } from '@nagare/base';

/** What the client needs of the machine that it runs on. */
export type ClientPlatform = Pick<Platform, 'clock' | 'timers' | 'random' | 'network'>;

/** Where the cluster is: `host:port`, several of them (in a list or with commas), a broker of ours, or a function that tells. */
export type BrokerList =
  | string
  | readonly string[]
  | { readonly bootstrapServers: string }
  | (() => string | readonly string[] | Promise<string | readonly string[]>);

/** What all that a client makes has in common. */
export interface ClientContext {
  readonly platform: ClientPlatform;
  readonly log: Log;
  readonly clientId: string;
  readonly brokers: BrokerList;
  readonly connectTimeoutMs: number;
}
