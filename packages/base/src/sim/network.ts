import {
  type Address,
  type Connection,
  type Listener,
  type ListenOptions,
  type Network,
  NetworkError,
  type NetworkErrorCode,
} from '../network.ts';
import type { Random } from '../random.ts';
import { Endpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';
import type { Ending, Life } from './life.ts';
import { type NetworkFaults, Wire } from './wire.ts';

const firstFreePort = 49_152;
const portMax = 65_535;
/** How long it may take until a peer learns that a machine lost its power. */
const powerLossNoticeMsMax = 5_000;

/** A connection as the simulation sees it. */
export interface SimConnection {
  /** The name of the node that connected, and of the one that listens. */
  readonly client: string;
  readonly server: string;
  /** Where the client connected to. */
  readonly address: Address;
  /** Breaks it now. */
  reset(): void;
  /** Lets nothing arrive on it for `ms`, in either direction; then all of it comes. */
  stall(ms: number): void;
}

/** A cut between nodes: nothing arrives while it holds, and all of it comes behind it, as TCP sends again. */
export interface Hold {
  /** The name of the node that sends. Default: any. */
  readonly from?: string;
  /** The name of the node that would receive. Default: any. */
  readonly to?: string;
  readonly ms: number;
}

/** The network between all nodes, with the handles that a test works it by. */
export interface SimNetworkControl {
  /** Change its fields at any time. */
  readonly faults: NetworkFaults;
  /** Those that are open. */
  readonly connections: readonly SimConnection[];
  /** Cuts nodes off from others for a while. */
  hold(hold: Hold): void;
  /** Ends all that {@link hold} began, for what is sent from now on. */
  release(): void;
}

interface Listening {
  readonly life: Life;
  readonly address: Address;
  readonly onConnection: (connection: Connection) => void;
  readonly connectionsMax: number;
  connections: number;
}

export class SimNetwork implements SimNetworkControl {
  readonly faults: NetworkFaults = { latencyMs: [0.05, 0.5], resetRate: 0, refuseRate: 0, cutRate: 0 };
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #listening = new Set<Listening>();
  readonly #open = new Set<SimConnection>();
  readonly #holds: { readonly hold: Hold; readonly untilMs: number }[] = [];
  #nextPort = firstFreePort;

  constructor(engine: Engine, random: Random) {
    this.#engine = engine;
    this.#random = random;
  }

  get connections(): readonly SimConnection[] {
    return [...this.#open];
  }

  hold(hold: Hold): void {
    this.#engine.note(`hold ${hold.from ?? '*'} to ${hold.to ?? '*'}`);
    this.#holds.push({ hold, untilMs: this.#engine.nowMs + hold.ms });
  }

  release(): void {
    this.#holds.length = 0;
  }

  /** How long nothing gets from one node to another. */
  #heldMs(from: string, to: string | undefined): number {
    let untilMs = this.#engine.nowMs;
    for (const { hold, untilMs: endMs } of this.#holds) {
      const isHeld = (hold.from ?? from) === from && (hold.to ?? to) === to;
      if (isHeld) untilMs = Math.max(untilMs, endMs);
    }
    return untilMs - this.#engine.nowMs;
  }

  /** The network as one life of a node sees it. */
  of(life: Life): Network {
    return {
      listen: (address, onConnection, options) => this.#listen(life, address, onConnection, options),
      connect: (address, options) => this.#connect(life, address, options?.signal),
    };
  }

  async #listen(
    life: Life,
    asked: Address,
    onConnection: (connection: Connection) => void,
    options: ListenOptions = {},
  ): Promise<Listener> {
    const address = asked.port === 0 ? { host: asked.host, port: this.#freePort() } : asked;
    if (this.#listenerAt(address) !== undefined) {
      throw failure('ADDRESS_IN_USE', 'listen on', address, 'address already in use');
    }
    const connectionsMax = options.connectionsMax ?? Number.POSITIVE_INFINITY;
    const listening: Listening = { life, address, onConnection, connectionsMax, connections: 0 };
    const stop = () => {
      this.#listening.delete(listening);
      life.onEnd.delete(stop);
    };
    this.#listening.add(listening);
    life.onEnd.add(stop);
    return { address, close: async () => stop() };
  }

  #connect(life: Life, address: Address, signal: AbortSignal | undefined): Promise<Connection> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const heldMs = (from: string, to: string | undefined) => this.#heldMs(from, to);
    const wire = new Wire({ engine: this.#engine, random: this.#random, faults: this.faults, heldMs });
    const local = { host: '127.0.0.1', port: this.#freePort() };
    const server = this.#listenerAt(address)?.life.name;
    const arrivesInMs = this.#heldMs(life.name, server) + wire.drawLatencyMs();
    const answersInMs = arrivesInMs + this.#heldMs(server ?? '', life.name) + wire.drawLatencyMs();
    const answersAtMs = this.#engine.nowMs + answersInMs;
    return new Promise((resolve, reject) => {
      let client: Endpoint | undefined;
      const abort = () => {
        client?.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#engine.schedule(arrivesInMs, () => {
        if (!signal?.aborted && life.isAlive)
          client = this.#accept(life, { local, remote: address }, wire, answersAtMs);
      });
      life.after(answersInMs, () => {
        signal?.removeEventListener('abort', abort);
        if (signal?.aborted) return;
        if (client !== undefined) resolve(client);
        else reject(failure('CONNECTION_REFUSED', 'connect to', address, 'connection refused'));
      });
    });
  }

  /** Makes both ends, if somebody listens, and gives the server its own. */
  #accept(
    life: Life,
    addresses: { local: Address; remote: Address },
    wire: Wire,
    clientReadyAtMs: number,
  ): Endpoint | undefined {
    const listening = this.#listenerAt(addresses.remote);
    if (listening === undefined || this.#random.next() < this.faults.refuseRate) return undefined;
    this.#engine.note(`${life.name} connect ${addresses.local.port} to ${addresses.remote.port}`);
    const client = new Endpoint(life, addresses, wire);
    const server = new Endpoint(listening.life, { local: addresses.remote, remote: addresses.local }, wire);
    wire.join(client, server, clientReadyAtMs);
    this.#watch(client, server, wire, listening);
    if (listening.connections > listening.connectionsMax) server.destroy();
    else server.life.deliver(() => listening.onConnection(server));
    return client;
  }

  /** Keeps the connection in the list while it is open, and closes its ends when their nodes die. */
  #watch(client: Endpoint, server: Endpoint, wire: Wire, listening: Listening): void {
    const connection: SimConnection = {
      client: client.life.name,
      server: server.life.name,
      address: client.remote,
      reset: () => wire.break(),
      stall: (ms) => wire.stall(ms),
    };
    this.#open.add(connection);
    listening.connections += 1;
    for (const end of [client, server]) {
      const die = (ending: Ending) => {
        if (ending === 'crash') {
          end.vanish();
        } else {
          end.abandon();
          wire.sendReset(wire.peerOf(end), this.#random.next() * powerLossNoticeMsMax);
        }
      };
      end.life.onEnd.add(die);
      end.onClosed = () => {
        end.life.onEnd.delete(die);
        this.#open.delete(connection);
        if (end === server) listening.connections -= 1;
      };
    }
  }

  #listenerAt({ host, port }: Address): Listening | undefined {
    for (const listening of this.#listening) {
      if (listening.address.port === port && isSameHost(listening.address.host, host)) return listening;
    }
    return undefined;
  }

  #freePort(): number {
    if (this.#nextPort > portMax) this.#nextPort = firstFreePort;
    const port = this.#nextPort++;
    const isTaken = [...this.#listening].some(({ address }) => address.port === port);
    return isTaken ? this.#freePort() : port;
  }
}

const anyHost = new Set(['0.0.0.0', '::', '']);

function isSameHost(a: string, b: string): boolean {
  if (anyHost.has(a) || anyHost.has(b)) return true;
  return (a === 'localhost' ? '127.0.0.1' : a) === (b === 'localhost' ? '127.0.0.1' : b);
}

function failure(code: NetworkErrorCode, action: string, { host, port }: Address, reason: string): NetworkError {
  return new NetworkError(code, `Cannot ${action} ${host}:${port}: ${reason} (simulated)`);
}
