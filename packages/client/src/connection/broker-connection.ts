import type { Address, Connection, Timer } from '@nagare/base';
import {
  type Api,
  apis,
  codecOf,
  errorCode,
  type Fields,
  FrameReader,
  finishResponseHeader,
  frameOf,
  ProtocolError,
  Reader,
  type StructDraft,
  type StructValue,
  Writer,
  writeRequestHeader,
} from '@nagare/protocol';
import type { ClientContext } from '../context.ts';
import { ClientError, checkAnswer } from '../errors.ts';
import {
  type BrokerVersions,
  brokerVersionsOf,
  commonVersion,
  type FinalizedFeatures,
  featuresOf,
  noFeatures,
} from './versions.ts';

/** The longest answer that is let in, in bytes. */
const answerBytesMax = 256 * 1024 * 1024;

const softwareName = 'nagare';
const softwareVersion = '0.0.0';
/** Where negotiation starts: what Kafka speaks since 3.9. Older brokers answer with what they speak (KIP-511). */
const apiVersionsFirst = 4;

interface Pending {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly deadlineMs: number;
  readonly resolve: (answer: Reader) => void;
  readonly reject: (error: ClientError) => void;
}

/** A connection to one broker: requests go out without waiting for each other, and answers come back in their order. */
export class BrokerConnection {
  readonly address: Address;
  readonly #context: ClientContext;
  readonly #connection: Connection;
  readonly #frames = new FrameReader(answerBytesMax);
  readonly #onClose: () => void;
  #pending: Pending[] = [];
  #versions: BrokerVersions = new Map();
  #features = noFeatures;
  #correlationId = 0;
  #timer: Timer | undefined;
  #timerAtMs = 0;
  #isOpen = true;

  private constructor(context: ClientContext, connection: Connection, address: Address, onClose: () => void) {
    this.#context = context;
    this.#connection = connection;
    this.#onClose = onClose;
    this.address = address;
    connection.onEvent = (event) => {
      if (event.type === 'data') this.#receive(event.chunk);
      else if (event.type === 'close') this.#lose(this.#lost(event.error));
    };
  }

  /** Connects and learns which versions the broker speaks. `onClose` is called once, whoever closes. */
  static async open(context: ClientContext, address: Address, onClose: () => void): Promise<BrokerConnection> {
    const { network, timers } = context.platform;
    const abort = new AbortController();
    const where = `${address.host}:${address.port}`;
    const timer = timers.after(context.connectTimeoutMs, () => {
      abort.abort(new ClientError('NAGARE_CLIENT_NO_BROKER', `${where} did not answer in time`, { retriable: true }));
    });
    try {
      const connection = await network.connect(address, { signal: abort.signal });
      const opened = new BrokerConnection(context, connection, address, onClose);
      await opened.#negotiate();
      return opened;
    } catch (error) {
      if (error instanceof ClientError) throw error;
      throw new ClientError('NAGARE_CLIENT_NO_BROKER', where, { cause: error, retriable: true });
    } finally {
      timer.cancel();
    }
  }

  /** What the cluster had agreed on when the connection was opened. */
  get features(): FinalizedFeatures {
    return this.#features;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Requests that have no answer yet. */
  get inFlight(): number {
    return this.#pending.length;
  }

  /**
   * Sends a request and resolves with its answer.
   *
   * @param limit - The newest version to use, where it is not the newest that both sides speak.
   * @throws {ClientError} When the connection breaks, the answer is late or garbled, or the broker lacks the API.
   */
  async request<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    draft: StructDraft<Q>,
    timeoutMs: number,
    limit?: number,
  ): Promise<StructValue<R>> {
    const version = commonVersion(api, this.#versions, limit);
    const reader = await this.#exchange(api, version, draft, timeoutMs);
    return this.#decode(api, version, reader);
  }

  /** Sends a request that has no answer: Produce with `acks: 0`. */
  tell<Q extends Fields, R extends Fields>(api: Api<Q, R>, draft: StructDraft<Q>): void {
    this.#write(api, commonVersion(api, this.#versions), draft);
  }

  /** Closes at once; what is in flight rejects. */
  close(): void {
    this.#lose(new ClientError('NAGARE_CLIENT_CLOSED', 'the connection', { retriable: true }));
  }

  #write<Q extends Fields, R extends Fields>(api: Api<Q, R>, apiVersion: number, draft: StructDraft<Q>): number {
    const correlationId = this.#correlationId;
    const writer = new Writer(512);
    writeRequestHeader(writer, api as unknown as Api, { apiVersion, correlationId, clientId: this.#context.clientId });
    codecOf(api.request, apiVersion).write(writer, draft);
    this.#correlationId = (correlationId + 1) & 0x7fffffff;
    this.#connection.write(frameOf(writer.chunks()));
    return correlationId;
  }

  #exchange<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    version: number,
    draft: StructDraft<Q>,
    timeoutMs: number,
  ): Promise<Reader> {
    if (!this.#isOpen) return Promise.reject(this.#lost(undefined));
    return new Promise((resolve, reject) => {
      const correlationId = this.#write(api, version, draft);
      const deadlineMs = this.#context.platform.clock.monotonicMs() + timeoutMs;
      this.#pending.push({ api: api as unknown as Api, version, correlationId, deadlineMs, resolve, reject });
      if (this.#timer === undefined || deadlineMs < this.#timerAtMs) this.#wakeAt(deadlineMs, timeoutMs);
    });
  }

  #wakeAt(atMs: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#context.platform.timers.after(delayMs, () => this.#checkDeadlines());
  }

  #decode<Q extends Fields, R extends Fields>(api: Api<Q, R>, version: number, reader: Reader): StructValue<R> {
    try {
      return codecOf(api.response, version).read(reader);
    } catch (error) {
      throw this.#garbled(error);
    }
  }

  #receive(chunk: Buffer): void {
    if (!this.#isOpen) return;
    this.#frames.push(chunk);
    try {
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) this.#answer(frame);
    } catch (error) {
      this.#garbled(error);
    }
  }

  #answer(frame: Buffer): void {
    const reader = new Reader(frame);
    const correlationId = reader.int32();
    const pending = this.#pending[0];
    if (pending === undefined || pending.correlationId !== correlationId) {
      throw new ProtocolError('malformed', `An answer to request ${correlationId}, which was not asked`);
    }
    finishResponseHeader(reader, pending.api, pending.version);
    this.#pending.shift();
    pending.resolve(reader);
  }

  /** One timer serves all requests: it is armed for the first that is due, and arms itself for the next. */
  #checkDeadlines(): void {
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const nowMs = this.#context.platform.clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending) nextMs = Math.min(nextMs, pending.deadlineMs);
    if (nextMs > nowMs) {
      this.#wakeAt(nextMs, nextMs - nowMs);
      return;
    }
    const late = this.#pending.find((pending) => pending.deadlineMs === nextMs) as Pending;
    const where = `${late.api.name} to ${this.address.host}:${this.address.port}`;
    // Answers come in order, so what waits behind it would be late as well.
    this.#lose(new ClientError('NAGARE_CLIENT_REQUEST_TIMEOUT', where, { retriable: true }));
  }

  #lost(cause: unknown): ClientError {
    const where = `${this.address.host}:${this.address.port}`;
    return new ClientError('NAGARE_CLIENT_CONNECTION_LOST', where, { cause, retriable: true });
  }

  /** Drops the connection, because nothing after bytes that cannot be read can be trusted. */
  #garbled(cause: unknown): ClientError {
    const where = `${this.address.host}:${this.address.port}: ${cause instanceof Error ? cause.message : cause}`;
    const error = new ClientError('NAGARE_CLIENT_INVALID_ANSWER', where, { cause, retriable: true });
    this.#lose(error);
    return error;
  }

  #lose(error: ClientError): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#timer?.cancel();
    this.#connection.destroy();
    const pending = this.#pending;
    this.#pending = [];
    for (const each of pending) each.reject(error);
    this.#onClose();
  }

  async #negotiate(): Promise<void> {
    let version = apiVersionsFirst;
    for (;;) {
      const draft = { clientSoftwareName: softwareName, clientSoftwareVersion: softwareVersion };
      const reader = await this.#exchange(apis.apiVersions, version, draft, this.#context.connectTimeoutMs);
      // A broker that does not speak the version answers in version 0, whatever was asked.
      const isRefused = reader.buffer.readInt16BE(reader.at) === errorCode.UNSUPPORTED_VERSION;
      const answer = this.#decode(apis.apiVersions, isRefused ? 0 : version, reader);
      if (!isRefused) {
        checkAnswer(answer.errorCode, 'ApiVersions');
        this.#versions = brokerVersionsOf(answer);
        this.#features = featuresOf(answer);
        return;
      }
      const theirs = brokerVersionsOf(answer).get(apis.apiVersions.key)?.max ?? 0;
      if (version === 0) throw new ClientError('NAGARE_CLIENT_UNSUPPORTED', 'the broker refuses every ApiVersions');
      version = theirs < version ? Math.max(theirs, 0) : 0;
    }
  }
}
