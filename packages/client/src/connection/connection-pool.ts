import type { Address } from '@nagare/base';
import type { Api, Fields, StructDraft, StructValue } from '@nagare/protocol';
import type { ClientContext } from '../context.ts';
import { backOffMs, reconnectBackOff } from '../core/retry.ts';
import { ClientError } from '../errors.ts';
import { BrokerConnection } from './broker-connection.ts';
import { type FinalizedFeatures, noFeatures } from './versions.ts';

/** What a connection is for. Answers come in order, so what may wait long has a connection of its own. */
export type Lane = 'data' | 'fetch' | 'group';

interface Slot {
  address: Address;
  open: BrokerConnection | undefined;
  opening: Promise<BrokerConnection> | undefined;
  failures: number;
  retryAtMs: number;
}

/** One connection for each address and lane, opened when it is asked for. */
export class ConnectionPool {
  readonly #context: ClientContext;
  readonly #slots = new Map<string, Slot>();
  #features = noFeatures;
  #isClosed = false;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The newest that any broker told of. */
  get features(): FinalizedFeatures {
    return this.#features;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether asking this address makes sense now: it is connected, or did not fail a moment ago. */
  isReady(address: Address, lane: Lane): boolean {
    const slot = this.#slots.get(keyOf(address, lane));
    return slot === undefined || slot.open !== undefined || this.#nowMs() >= slot.retryAtMs;
  }

  isConnected(address: Address, lane: Lane): boolean {
    return this.#slots.get(keyOf(address, lane))?.open !== undefined;
  }

  /** How long to wait until {@link isReady}, in milliseconds. */
  readyInMs(address: Address, lane: Lane): number {
    return Math.max((this.#slots.get(keyOf(address, lane))?.retryAtMs ?? 0) - this.#nowMs(), 0);
  }

  async request<Q extends Fields, R extends Fields>(
    address: Address,
    lane: Lane,
    api: Api<Q, R>,
    draft: StructDraft<Q>,
    { timeoutMs, limit }: { readonly timeoutMs: number; readonly limit?: number | undefined },
  ): Promise<StructValue<R>> {
    const connection = this.opened(address, lane) ?? (await this.open(address, lane));
    return connection.request(api, draft, timeoutMs, limit);
  }

  opened(address: Address, lane: Lane): BrokerConnection | undefined {
    return this.#slots.get(keyOf(address, lane))?.open;
  }

  open(address: Address, lane: Lane): Promise<BrokerConnection> {
    if (this.#isClosed) return Promise.reject(new ClientError('NAGARE_CLIENT_CLOSED', 'the client'));
    const key = keyOf(address, lane);
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { address, open: undefined, opening: undefined, failures: 0, retryAtMs: 0 };
      this.#slots.set(key, slot);
    }
    if (slot.open !== undefined) return Promise.resolve(slot.open);
    slot.opening ??= this.#open(slot);
    return slot.opening;
  }

  /** Closes everything; what is in flight rejects. */
  close(): void {
    this.#isClosed = true;
    for (const slot of this.#slots.values()) slot.open?.close();
    this.#slots.clear();
  }

  async #open(slot: Slot): Promise<BrokerConnection> {
    const { log } = this.#context;
    try {
      const connection = await BrokerConnection.open(this.#context, slot.address, () => {
        slot.open = undefined;
      });
      if (this.#isClosed) connection.close();
      if (!connection.isOpen) throw new ClientError('NAGARE_CLIENT_CLOSED', 'the connection', { retriable: true });
      slot.failures = 0;
      slot.open = connection;
      if (connection.features.epoch >= this.#features.epoch) this.#features = connection.features;
      return connection;
    } catch (error) {
      slot.failures += 1;
      slot.retryAtMs = this.#nowMs() + backOffMs(slot.failures, reconnectBackOff, this.#context.platform.random);
      log.debug('connection.failed', { ...slot.address, failures: slot.failures, error });
      throw error;
    } finally {
      slot.opening = undefined;
    }
  }

  #nowMs(): number {
    return this.#context.platform.clock.monotonicMs();
  }
}

function keyOf(address: Address, lane: Lane): string {
  return `${lane} ${address.host}:${address.port}`;
}
