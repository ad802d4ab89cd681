import type { HttpAnswer, HttpReply, HttpRequest } from '@nagare/base';
import { SerdeError } from '@nagare/serdes';
import { taskIdOf } from '../core/task-id.ts';
import { StreamsError } from '../errors.ts';
import type { Streams } from '../streams.ts';
import type { Ask } from './ask.ts';
import { streamChanges } from './event-stream.ts';
import { toJson } from './json-text.ts';
import type { Lens, LensRow, ScanPlace } from './lens.ts';
import { notOwned } from './local-stores.ts';
import type { Queries } from './queries.ts';

/** A store that is served over HTTP. */
export interface ServedStore {
  readonly name: string;
  /** Reads a key in a path. Default: the text itself, as keys of the serde `string` are. */
  readonly parseKey?: (text: string) => unknown;
}

const limitDefault = 100;
const limitMax = 1_000;

type AnyLens = Lens<unknown, unknown>;

/** What HTTP asks, and the answers as JSON. */
export class Routes {
  readonly #streams: Streams;
  readonly #asked: Queries;
  readonly #stores: ReadonlyMap<string, ServedStore>;

  constructor(streams: Streams, asked: Queries, stores: ReadonlyMap<string, ServedStore>) {
    this.#streams = streams;
    this.#asked = asked;
    this.#stores = stores;
  }

  async answer({ method, path, query }: HttpRequest): Promise<HttpAnswer> {
    const parts = path.split('/').slice(1).map(decodeURIComponent);
    const [root, name, what, key] = parts;
    if (root !== 'stores' || parts.length > 4) return reply(404, { message: 'There is /stores' });
    if (method !== 'GET') return reply(405, { message: 'Stores can only be read' });
    if (name === undefined || name === '') return reply(200, { stores: this.#list() });
    const store = this.#stores.get(name);
    if (store === undefined) throw new StreamsError('NAGARE_STREAMS_QUERY_STORE', `${name} is not served`);
    if (what === 'keys' && key !== undefined) return this.#key(store, key, query);
    if (what === 'rows' && key === undefined) return this.#rows(store, query);
    if (what === 'changes' && key === undefined) return this.#changes(store, query.get('key'));
    return reply(404, { message: `There are /stores/${name}/keys/{key}, /rows and /changes` });
  }

  #list() {
    return [...this.#stores.keys()].map((name) => ({ name, kind: this.#asked.stores.storeOf(name).spec.kind }));
  }

  async #key(store: ServedStore, text: string, query: URLSearchParams): Promise<HttpReply> {
    const lens = this.#lens(store);
    const key = keyBytes(lens, store, text);
    switch (this.#asked.stores.storeOf(store.name).spec.kind) {
      case 'key-value':
        return rowReply(text, await lens.one(key, { kind: 'get', key }));
      case 'versioned': {
        const asOf = numberIn(query, 'asOf');
        return rowReply(text, await lens.one(key, { kind: 'version', key, asOf }));
      }
      case 'window':
      case 'session':
        return this.#page(store, query, key);
    }
  }

  #rows(store: ServedStore, query: URLSearchParams): Promise<HttpReply> {
    return this.#page(store, query, undefined);
  }

  async #page(store: ServedStore, query: URLSearchParams, key: Buffer | undefined): Promise<HttpReply> {
    const lens = this.#lens(store);
    const limit = numberIn(query, 'limit') ?? limitDefault;
    if (limit < 1 || limit > limitMax) throw new RangeError(`limit must be from 1 to ${limitMax}, got ${limit}`);
    const next = query.get('next');
    const place = next === null ? undefined : readPlace(next, lens);
    const page = await lens.page({ key, place, limit }, this.#askFor(store, query, key));
    const more = page.next === undefined ? {} : { next: writePlace(page.next) };
    return reply(200, { rows: page.rows.map(shown), ...more });
  }

  #askFor(store: ServedStore, query: URLSearchParams, key: Buffer | undefined) {
    const { spec } = this.#asked.stores.storeOf(store.name);
    const time = (name: string, otherwise: number) =>
      spec.kind === 'key-value' ? otherwise : (numberIn(query, name) ?? otherwise);
    const span = { from: time('from', 0), to: time('to', Number.MAX_SAFE_INTEGER) };
    const bytes = (name: string) => {
      const text = query.get(name);
      return text === null ? undefined : keyBytes(this.#lens(store), store, text);
    };
    const keys = spec.kind === 'key-value' ? { from: bytes('from'), to: bytes('to') } : undefined;
    return (after: Buffer | undefined, limit: number): Ask => {
      if (keys !== undefined) return { kind: 'range', ...keys, after, limit };
      if (spec.kind === 'window' && key === undefined) return { kind: 'all-windows', ...span, after, limit };
      if (spec.kind === 'window') return { kind: 'windows', key: key as Buffer, ...span, after, limit };
      if (spec.kind === 'session' && key !== undefined) {
        return { kind: 'sessions', key, earliestEnd: span.from, latestStart: span.to, after, limit };
      }
      throw new StreamsError('NAGARE_STREAMS_QUERY_STORE', `${store.name} is read key by key: /keys/{key}`);
    };
  }

  #changes(store: ServedStore, text: string | null): HttpAnswer {
    const { state } = this.#streams;
    if (state !== 'RUNNING' && state !== 'REBALANCING') throw new StreamsError('NAGARE_STREAMS_NOT_RUNNING', state);
    const lens = this.#lens(store);
    const key = text === null ? undefined : parsedKey(store, text);
    if (text !== null) this.#needHere(store, lens.partitionOf(keyBytes(lens, store, text)));
    const changes = lens.changes(key, (change, window) => shown({ ...change, window, validTo: undefined }));
    return streamChanges(changes, this.#asked.timers);
  }

  /** Changes are told where they happen. */
  #needHere({ name }: ServedStore, partition: number): void {
    const { stores, owners } = this.#asked;
    const store = stores.storeOf(name);
    if (stores.has(store, partition)) return;
    const owner = store.part === undefined ? undefined : owners.activeHost(taskIdOf(store.part.id, partition));
    throw notOwned(name, partition, owner === undefined ? '' : `, ${owner} does`);
  }

  #lens({ name }: ServedStore): AnyLens {
    return this.#asked.lens(name);
  }
}

/** A row as JSON shows it. */
function shown({ key, value, timestamp, window, validTo }: LensRow<unknown, unknown>) {
  return { key, value, timestamp, window, validTo };
}

function rowReply(key: string, row: LensRow<unknown, unknown> | undefined): HttpReply {
  return row === undefined ? reply(404, { message: `There is no row of ${key}` }) : reply(200, shown(row));
}

function reply(status: number, body: unknown): HttpReply {
  return { status, type: 'application/json', body: `${toJson(body)}\n` };
}

function parsedKey({ parseKey }: ServedStore, text: string): unknown {
  return parseKey === undefined ? text : parseKey(text);
}

/** @throws {TypeError} For a text that is no key of the store. */
function keyBytes(lens: AnyLens, store: ServedStore, text: string): Buffer {
  try {
    return lens.keyBytes(parsedKey(store, text));
  } catch (cause) {
    if (!(cause instanceof SerdeError)) throw cause;
    throw new TypeError(`${text} is no key of ${store.name}: ${cause.message}`, { cause });
  }
}

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new TypeError(`${name} must be a whole number, got ${text}`);
}

/** Where a scan goes on, as a text that means nothing to whoever sends it back. */
function writePlace({ partition, after }: ScanPlace): string {
  return after === undefined ? String(partition) : `${partition}.${after.toString('base64url')}`;
}

function readPlace(text: string, lens: AnyLens): ScanPlace {
  const [, number, after] = /^(\d{1,9})(?:\.([\w-]*))?$/.exec(text) ?? [];
  const partition = Number(number);
  if (!lens.partitions().includes(partition)) throw new TypeError(`next must be what an answer gave, got ${text}`);
  return { partition, after: after === undefined ? undefined : Buffer.from(after, 'base64url') };
}
