import { type Address, type Log, type Platform, silentLog } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import type { BrokerSettings } from './config/broker-settings.ts';
import { dataDirectoryOf, resolveSettings } from './config/resolve-settings.ts';
import type { SettingValue } from './config/setting.ts';
import { readSnapshot, snapshotOf } from './embedded/broker-snapshot.ts';
import { BrokerTopics } from './embedded/broker-topics.ts';
import type { Faults } from './embedded/fault-plan.ts';
import type { VirtualClock } from './embedded/virtual-clock.ts';
import { BrokerError } from './errors.ts';
import { BrokerHost } from './host/broker-host.ts';
import { openDirectoryStorage } from './host/directory-storage.ts';
import { memoryStorage } from './host/memory-storage.ts';

export interface BrokerOptions {
  /** Where to listen. Default: a free port of 127.0.0.1. */
  readonly listen?: { readonly host?: string; readonly port?: number };
  /** The data directory, made when missing. Default: none, and everything is kept in memory. */
  readonly directory?: string;
  /** When a record counts as stored in the data directory. Default: `fsync`. */
  readonly durability?: 'fsync' | 'os';
  /** Broker settings by Kafka's dotted names, or the result of `resolveSettings`. See docs/config.md. */
  readonly settings?: Readonly<Record<string, SettingValue>> | BrokerSettings;
  /**
   * Time for a test to move, see {@link createVirtualClock}. All that the broker decides by time follows it; what connections
   * and long polls wait for stays real time. Default: real time.
   */
  readonly clock?: VirtualClock;
  /** What {@link Broker.snapshot} of another broker gave: this one begins with all of it. Nobody may change the bytes. */
  readonly snapshot?: Uint8Array;
  /** Clock, timers, randomness, disk and network. Default: the real ones. */
  readonly platform?: Platform;
  /** Told what happens. Default: nobody. */
  readonly log?: Log;
  /** How long {@link Broker.stop} lets requests in flight end, in milliseconds. Default: 10,000. */
  readonly shutdownTimeoutMs?: number;
}

/** A running broker. */
export interface Broker {
  /** Where it listens. */
  readonly address: Address;
  /** The same as `host:port`, as clients take it. */
  readonly bootstrapServers: string;
  readonly clusterId: string;
  /** Its topics, without a network between. */
  readonly topics: BrokerTopics;
  /** Lets it fail on purpose. */
  readonly faults: Faults;
  /**
   * Copies all that a broker in memory holds, as of one moment: topics and configs, records, committed offsets, producers and
   * transactions. Connections and members of groups are not part of it.
   *
   * @returns Bytes for `createBroker({ snapshot })`, in this process or, by way of a file, in another.
   * @throws {TypeError} When the broker has a data directory, which is itself the thing to copy.
   */
  snapshot(): Promise<Buffer>;
  /** Lets requests in flight end, closes the logs and frees the port. Safe to call again. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What suits a broker that lives inside another program, where nobody waits for a cluster to gather. */
const embeddedDefaults = { 'group.initial.rebalance.delay.ms': 0, 'group.consumer.assignment.interval.ms': 0 };

/**
 * Starts a broker in this process. Every Kafka client can talk to it as soon as the promise resolves.
 *
 * @param options - Without any: in memory, on a free loopback port, topics created on first use.
 * @returns The running broker.
 * @throws {BrokerError} `NAGARE_BROKER_PORT_IN_USE`, `NAGARE_BROKER_DIRECTORY_LOCKED`, `NAGARE_BROKER_SETTING_UNKNOWN` and others of
 * docs/errors.md, when it cannot start; nothing is left open then.
 * @example A broker for one test
 * ```ts
 * await using broker = await createBroker();
 * console.log(broker.bootstrapServers); // 127.0.0.1:49152, or another free port
 * ```
 */
export async function createBroker(options: BrokerOptions = {}): Promise<Broker> {
  const settings = settingsOf(options);
  const real = options.platform ?? nodePlatform();
  const { clock } = options;
  const platform = clock === undefined ? real : { ...real, clock, timers: clock.timers };
  const log = options.log ?? silentLog;
  const directory = settings.nagareDurability === 'memory' ? undefined : dataDirectoryOf(settings);
  if (directory !== undefined && options.snapshot !== undefined) {
    throw new TypeError('A broker with a data directory takes no snapshot: leave out the one or the other');
  }
  const snapshot = options.snapshot && readSnapshot(options.snapshot);
  const storage =
    directory === undefined
      ? memoryStorage({ settings, platform, snapshot })
      : await openDirectoryStorage({ directory, settings, platform, events: log });
  const host = await BrokerHost.start({ settings, storage, platform, waits: real, log });
  const address = host.addresses[0];
  if (address === undefined)
    throw new BrokerError('NAGARE_BROKER_SETTING_INVALID', 'listeners names no client listener');
  const stop = () => host.stop({ graceMs: options.shutdownTimeoutMs ?? 10_000 });
  return {
    address,
    bootstrapServers: textOf(address),
    clusterId: storage.clusterId,
    topics: new BrokerTopics(() => host.services),
    faults: host.services.faults,
    async snapshot() {
      if (directory !== undefined) throw new TypeError(`Copy ${directory}: snapshots are of brokers in memory`);
      return snapshotOf(host, storage);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function settingsOf({ listen, directory, durability, settings = {} }: BrokerOptions): BrokerSettings {
  if ('given' in settings) return settings as BrokerSettings;
  const own = settings as Readonly<Record<string, SettingValue>>;
  const isElsewhere = 'listeners' in own && listen === undefined;
  return resolveSettings({
    flags: {
      ...embeddedDefaults,
      ...(isElsewhere ? {} : { listeners: `PLAINTEXT://${textOf({ host: '127.0.0.1', port: 0, ...listen })}` }),
      ...own,
      ...(directory === undefined ? {} : { 'log.dirs': directory }),
      'nagare.durability': durability ?? own['nagare.durability'] ?? (directory === undefined ? 'memory' : 'fsync'),
    },
  });
}

/** An address as clients and settings write it: IPv6 stands in brackets. */
function textOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
