import type { Random } from '../random.ts';
import type { Endpoint, Parcel } from './endpoint.ts';
import type { Engine } from './engine.ts';

/** How the simulated network misbehaves. Rates are probabilities. */
export interface NetworkFaults {
  /** How long anything is under way, shortest and longest. Each connection has its own range within. */
  latencyMs: readonly [number, number];
  /** Per arrival of bytes: the connection breaks, half of the times before they are read and half after. */
  resetRate: number;
  /** Per connect: it is refused although somebody listens. */
  refuseRate: number;
  /** Per write: its bytes arrive in two to four pieces, cut anywhere. */
  cutRate: number;
}

export interface WireOptions {
  readonly engine: Engine;
  readonly random: Random;
  readonly faults: NetworkFaults;
  /** How long nothing gets from one node to another. */
  readonly heldMs: (from: string, to: string) => number;
}

/** The two directions between two endpoints. Bytes keep their order; a write ends when its reader has got it. */
export class Wire {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #faults: NetworkFaults;
  readonly #heldMs: WireOptions['heldMs'];
  readonly #latencyMs: readonly [number, number];
  readonly #arrivesAtMs = new Map<Endpoint, number>();
  #ends: readonly [Endpoint, Endpoint] | undefined;

  constructor({ engine, random, faults, heldMs }: WireOptions) {
    this.#engine = engine;
    this.#random = random;
    this.#faults = faults;
    this.#heldMs = heldMs;
    const [min, max] = faults.latencyMs;
    const shortest = min + random.next() * (max - min);
    this.#latencyMs = [shortest, shortest + random.next() * (max - shortest)];
  }

  /** Joins two endpoints. Nothing reaches the client before `clientReadyAtMs`, when its connect returns. */
  join(client: Endpoint, server: Endpoint, clientReadyAtMs: number): void {
    this.#ends = [client, server];
    this.#arrivesAtMs.set(client, clientReadyAtMs).set(server, this.#engine.nowMs);
  }

  peerOf(end: Endpoint): Endpoint {
    const [client, server] = this.#ends!;
    return end === client ? server : client;
  }

  drawLatencyMs(): number {
    const [min, max] = this.#latencyMs;
    return min + this.#random.next() * (max - min);
  }

  send(from: Endpoint, parcel: Parcel): void {
    const to = this.peerOf(from);
    const parcels = parcel.type === 'data' ? this.#cut(parcel.bytes) : [parcel];
    const heldMs = this.#heldMs(from.life.name, to.life.name);
    for (const piece of parcels) this.#carry(to, piece, heldMs + this.drawLatencyMs());
  }

  /** Lets nothing arrive for `ms`, in either direction. */
  stall(ms: number): void {
    for (const [to, atMs] of this.#arrivesAtMs) this.#arrivesAtMs.set(to, Math.max(atMs, this.#engine.nowMs + ms));
  }

  /** Tells an endpoint after `delayMs`, behind all that is under way to it, that the connection is gone. */
  sendReset(to: Endpoint, delayMs: number): void {
    this.#carry(to, { type: 'reset' }, delayMs);
  }

  /**
   * Breaks the connection: one side learns it at once, the other a little later, and may read until then what was under
   * way, so that a request can arrive after its sender has given up and asked elsewhere.
   *
   * @param first - The side that learns it at once. Default: either.
   */
  break(first: Endpoint = this.#ends![this.#random.below(2)]!): void {
    const second = this.peerOf(first);
    first.breakOff();
    if (this.#random.below(2) === 0) second.breakOff();
    else this.sendReset(second, this.drawLatencyMs());
  }

  #carry(to: Endpoint, parcel: Parcel, delayMs: number): void {
    const atMs = Math.max(this.#arrivesAtMs.get(to)!, this.#engine.nowMs + delayMs);
    this.#arrivesAtMs.set(to, atMs);
    this.#engine.schedule(atMs - this.#engine.nowMs, () => this.#arrive(to, parcel));
  }

  #arrive(to: Endpoint, parcel: Parcel): void {
    if (to.isClosed || !to.life.isAlive) return;
    const bytes = parcel.type === 'data' ? parcel.bytes : undefined;
    this.#engine.note(`${to.life.name} ${parcel.type} ${to.remote.port} to ${to.local.port}`, bytes);
    const isFatal = bytes !== undefined && this.#happens(this.#faults.resetRate);
    const isRead = !isFatal || this.#random.below(2) === 0;
    if (isRead) to.receive(parcel);
    // Who missed bytes must not read those behind them.
    if (isFatal) this.break(isRead ? undefined : to);
  }

  #cut(bytes: Buffer): readonly Parcel[] {
    if (bytes.length < 2 || !this.#happens(this.#faults.cutRate)) return [{ type: 'data', bytes }];
    const places = Array.from({ length: 1 + this.#random.below(3) }, () => 1 + this.#random.below(bytes.length - 1));
    const bounds = [0, ...new Set(places.sort((a, b) => a - b)), bytes.length];
    return bounds.slice(1).map((end, index) => ({ type: 'data', bytes: bytes.subarray(bounds[index], end) }));
  }

  #happens(rate: number): boolean {
    return rate > 0 && this.#random.next() < rate;
  }
}
