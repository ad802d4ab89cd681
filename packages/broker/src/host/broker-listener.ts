import { type Address, type Connection, type Listener, type Network, NetworkError, type Timer } from '@nagare/base';
import type { BrokerServices } from '../api/context.ts';
import { BrokerError } from '../errors.ts';
import { BrokerConnection } from './connection.ts';
import { LogQuota } from './log-quota.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { plainAddress } from './plain-address.ts';

/** How often connections are looked at for idleness at least, in milliseconds. */
const sweepMsMax = 5_000;

export interface BrokerListenerOptions {
  readonly address: Address;
  /** Where clients are sent; undefined means the address that each of them has connected to. */
  readonly advertised: Address | undefined;
  readonly broker: BrokerServices;
  readonly network: Network;
  readonly memory: MemoryBudget;
  /** How many connections each address has to any listener of the broker. */
  readonly perAddress: Map<string, number>;
}

/** A listening address with its connections. */
export class BrokerListener {
  readonly #options: BrokerListenerOptions;
  readonly #refusals: LogQuota;
  readonly #connections = new Set<BrokerConnection>();
  #listener: Listener | undefined;
  #sweep: Timer | undefined;
  #lastId = 0;
  #onEmpty: (() => void) | undefined;

  constructor(options: BrokerListenerOptions) {
    this.#options = options;
    this.#refusals = new LogQuota(options.broker.log, options.broker.waits.clock);
  }

  /**
   * Starts to listen and returns the address taken.
   *
   * @throws {BrokerError} `NAGARE_BROKER_PORT_IN_USE` or `NAGARE_BROKER_LISTEN_FAILED`.
   */
  async open(): Promise<Address> {
    const { address, broker, network } = this.#options;
    try {
      this.#listener = await network.listen(address, (socket) => this.#accept(socket), {
        connectionsMax: broker.settings.maxConnections,
      });
    } catch (cause) {
      const isTaken = cause instanceof NetworkError && cause.code === 'ADDRESS_IN_USE';
      const where = `${address.host}:${address.port}`;
      throw new BrokerError(isTaken ? 'NAGARE_BROKER_PORT_IN_USE' : 'NAGARE_BROKER_LISTEN_FAILED', where, { cause });
    }
    this.#sweepLater();
    return this.#listener.address;
  }

  /** Stops listening, lets requests in flight end for up to `graceMs`, and closes the rest. */
  async close(graceMs: number): Promise<void> {
    this.#sweep?.cancel();
    await this.#listener?.close();
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = this.#options.broker.waits.timers.after(graceMs, resolve);
      this.#onEmpty = () => {
        deadline.cancel();
        resolve();
      };
      for (const connection of [...this.#connections]) connection.drain();
    });
    for (const connection of [...this.#connections]) connection.close('stopping');
  }

  #accept(socket: Connection): void {
    const { broker, advertised, memory, perAddress } = this.#options;
    const { host } = plainAddress(socket.remote);
    const count = perAddress.get(host) ?? 0;
    if (count >= broker.settings.maxConnectionsPerIp) {
      this.#refusals.info('connection.too-many', { remote: socket.remote, count });
      socket.destroy();
      return;
    }
    perAddress.set(host, count + 1);
    this.#lastId += 1;
    this.#connections.add(
      new BrokerConnection({
        id: this.#lastId,
        socket,
        advertised: advertised ?? plainAddress(socket.local),
        broker,
        memory,
        refusals: this.#refusals,
        onClose: (connection) => {
          forgetOne(perAddress, host);
          this.#connections.delete(connection);
          if (this.#connections.size === 0) this.#onEmpty?.();
        },
      }),
    );
  }

  #sweepLater(): void {
    const { settings, waits } = this.#options.broker;
    const { clock, timers } = waits;
    this.#sweep = timers.after(Math.min(sweepMsMax, settings.nagareConnectionStallMs / 2), () => {
      const nowMs = clock.monotonicMs();
      for (const connection of [...this.#connections]) connection.closeIfIdle(nowMs, settings.connectionsMaxIdleMs);
      this.#sweepLater();
    });
  }
}

function forgetOne(counts: Map<string, number>, key: string): void {
  const count = counts.get(key) ?? 0;
  if (count > 1) counts.set(key, count - 1);
  else counts.delete(key);
}
