import { assert, type Disk, DiskError, type DiskLock } from '@nagare/base';
import { ClassicLevel } from 'classic-level';
import { StreamsError } from '../errors.ts';
import {
  type ByteStore,
  keyTextOf,
  type StoreBatch,
  type StorePlace,
  toBytes,
  toText,
  valueTextOf,
} from './byte-store.ts';
import { KeyIndex } from './key-index.ts';
import { isLevelSound } from './level-check.ts';
import { ReadCache } from './read-cache.ts';

type Database = ClassicLevel<Buffer, Buffer>;

const marker = Buffer.from([0]);
const dataPrefix = 1;
const formatVersion = 1;
const keysPerRead = 1000;

export interface LevelStoreOptions extends Omit<StorePlace, 'ordered'> {
  readonly ordered?: boolean;
  /** Bytes of values kept in memory for reading. Default: 8 MiB. */
  readonly cacheBytesMax?: number;
}

/**
 * Keeps a store's bytes in LevelDB.
 *
 * Each batch carries a marker with its position, so a store on disk always stands exactly at a commit. A store with a damaged
 * file, or whose marker is missing or belongs to something else, is removed and restored from its changelog.
 */
export class LevelStore implements ByteStore {
  readonly #database: Database;
  readonly #lock: DiskLock;
  readonly #options: LevelStoreOptions;
  readonly #index: KeyIndex | undefined;
  readonly #cache: ReadCache;
  #position: number | undefined;

  private constructor(open: {
    readonly database: Database;
    readonly lock: DiskLock;
    readonly options: LevelStoreOptions;
    readonly position: number | undefined;
  }) {
    const { options } = open;
    this.#database = open.database;
    this.#lock = open.lock;
    this.#options = options;
    this.#position = open.position;
    this.#index = options.ordered === true ? new KeyIndex() : undefined;
    this.#cache = new ReadCache(options.cacheBytesMax ?? 8 * 1024 * 1024);
  }

  /** @throws {StreamsError} `NAGARE_STREAMS_STATE_LOCKED` when another process holds the folder. */
  static async open(options: LevelStoreOptions): Promise<LevelStore> {
    const { disk, path, identity } = options;
    await disk.makeDirectory(path);
    const lock = await lockOf(disk, path);
    try {
      // Damage can make LevelDB end the whole process, so it must not see any.
      if (!(await isLevelSound(disk, path))) await empty(options);
      let database = await tryOpen(path);
      const position = database && (await readMarker(database, identity));
      if (database === undefined || position === undefined) {
        await database?.close();
        await empty(options);
        database = await tryOpen(path);
        if (database === undefined) throw failed(path, 'it cannot be opened even when it is empty');
      }
      const store = new LevelStore({ database, lock, options, position });
      await store.#readKeys();
      return store;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get position(): number | undefined {
    return this.#position;
  }

  get count(): number | undefined {
    return this.#index?.size;
  }

  get(key: Buffer, text = toText(key)): Buffer | undefined {
    const cached = this.#cache.get(text);
    if (cached !== undefined) return toBytes(cached);
    const value = this.#read(dataKey(key));
    if (value !== undefined) this.#cache.set(text, toText(value));
    return value;
  }

  *range(from?: Buffer, to?: Buffer): Iterable<readonly [Buffer, Buffer]> {
    assert(this.#index !== undefined, 'range() needs a store that was opened ordered');
    for (const text of this.#index.between(from && toText(from), to && toText(to))) {
      const key = toBytes(text);
      const value = this.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  async write({ entries, position, dropBelow }: StoreBatch): Promise<void> {
    const { path, identity } = this.#options;
    try {
      if (dropBelow !== undefined)
        await this.#database.clear({ gte: dataKey(Buffer.alloc(0)), lt: dataKey(dropBelow) });
      // Entry by entry: LevelDB copies the bytes at once, and an array of a whole commit's would be a hundred megabytes.
      const batch = this.#database.batch();
      for (const { key, value } of entries) {
        if (value === null) batch.del(dataKey(key));
        else batch.put(dataKey(key), value);
      }
      batch.put(marker, encodeMarker(identity, position));
      await batch.write();
    } catch (cause) {
      throw failed(path, 'a batch was not written', cause);
    }
    if (dropBelow !== undefined) this.#forgetBelow(toText(dropBelow));
    for (const entry of entries) this.#remember(keyTextOf(entry), valueTextOf(entry));
    this.#position = position;
  }

  async close(): Promise<void> {
    await this.#database.close();
    await this.#lock.release();
  }

  async discard(): Promise<void> {
    await this.#database.close();
    await this.#options.disk.removeDirectory(this.#options.path);
    await this.#lock.release();
  }

  #read(key: Buffer): Buffer | undefined {
    try {
      return this.#database.getSync(key);
    } catch (cause) {
      throw failed(this.#options.path, 'a key was not read', cause);
    }
  }

  #remember(text: string, value: string | null): void {
    if (value === null) {
      this.#cache.delete(text);
      this.#index?.remove(text);
    } else {
      this.#cache.set(text, value);
      this.#index?.add(text);
    }
  }

  #forgetBelow(bound: string): void {
    this.#cache.deleteBelow(bound);
    for (const text of this.#index?.between(undefined, bound) ?? []) if (text < bound) this.#index?.remove(text);
  }

  async #readKeys(): Promise<void> {
    if (this.#index === undefined) return;
    const keys = this.#database.keys({ gte: Buffer.from([dataPrefix]) });
    try {
      for (let page = await keys.nextv(keysPerRead); page.length > 0; page = await keys.nextv(keysPerRead)) {
        for (const key of page) this.#index.add(toText(key.subarray(1)));
      }
    } finally {
      await keys.close();
    }
  }
}

/** Data lies behind the marker, so that no key of the application can be the marker's. */
function dataKey(key: Buffer): Buffer {
  const prefixed = Buffer.allocUnsafe(key.length + 1);
  prefixed[0] = dataPrefix;
  key.copy(prefixed, 1);
  return prefixed;
}

/** Keeps others away from before the first look at the files. LevelDB has a lock as well, but takes it by opening them. */
export async function lockOf(disk: Disk, path: string): Promise<DiskLock> {
  try {
    return await disk.lock(`${path}.lock`);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'EEXIST') throw error;
    throw new StreamsError('NAGARE_STREAMS_STATE_LOCKED', path, { cause: error });
  }
}

async function empty({ disk, path }: LevelStoreOptions): Promise<void> {
  await disk.removeDirectory(path);
  await disk.makeDirectory(path);
}

/** Opens a database, or gives undefined when its content is damaged. LevelDB's repair is never used: it may lose keys. */
async function tryOpen(path: string): Promise<Database | undefined> {
  const database: Database = new ClassicLevel(path, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    // As in Kafka Streams' stores: what is read back is small, and reading it costs no inflation.
    compression: false,
  });
  try {
    await database.open();
    return database;
  } catch (error) {
    await database.close();
    if (codeOf((error as Error).cause) === 'LEVEL_LOCKED') {
      throw new StreamsError('NAGARE_STREAMS_STATE_LOCKED', path, { cause: error });
    }
    return undefined;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | undefined)?.code;
}

async function readMarker(database: Database, identity: string): Promise<number | undefined> {
  try {
    const bytes = await database.get(marker);
    if (bytes === undefined) return undefined;
    const found = JSON.parse(bytes.toString()) as { format?: unknown; identity?: unknown; position?: unknown };
    const isOurs = found.format === formatVersion && found.identity === identity;
    return isOurs && Number.isSafeInteger(found.position) ? (found.position as number) : undefined;
  } catch {
    return undefined;
  }
}

function encodeMarker(identity: string, position: number): Buffer {
  return Buffer.from(JSON.stringify({ format: formatVersion, identity, position }));
}

function failed(path: string, reason: string, cause?: unknown): StreamsError {
  return new StreamsError('NAGARE_STREAMS_STATE_FAILED', `${path}: ${reason}`, { cause });
}
