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
import { ReadBudget, type ReadCache } from './read-cache.ts';

type Database = ClassicLevel<Buffer, Buffer>;

/**
 * A batch as those see it who implement one for abstract-level. Its own `put` looks for hooks, listeners and encodings, of which we have
 * none, and takes four times as long.
 */
interface BareBatch {
  _put(key: Buffer, value: Buffer): void;
  _del(key: Buffer): void;
}

const marker = Buffer.from([0]);
const dataPrefix = 1;
const formatVersion = 1;
const keysPerRead = 1000;
/** Up to about this many characters a loop over them takes less time than a call of Node's encoder. */
const shortMax = 48;

export interface LevelStoreOptions extends Omit<StorePlace, 'ordered'> {
  readonly ordered?: boolean;
  /** What rows kept in memory for reading may take, together with those of other stores. Default: 8 MiB of its own. */
  readonly reads?: ReadBudget;
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
  readonly #reads: ReadBudget;
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
    this.#reads = options.reads ?? new ReadBudget(8 * 1024 * 1024);
    this.#cache = this.#reads.open();
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

  get(key: Buffer): Buffer | undefined {
    const value = this.getText(toText(key));
    return value === undefined ? undefined : toBytes(value);
  }

  getText(key: string): string | undefined {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const value = this.#read(dataKeyOf(key));
    if (value === undefined) return undefined;
    const text = toText(value);
    this.#cache.set(key, text);
    return text;
  }

  *range(from?: Buffer, to?: Buffer): Iterable<readonly [Buffer, Buffer]> {
    assert(this.#index !== undefined, 'range() needs a store that was opened ordered');
    for (const text of this.#index.between(from && toText(from), to && toText(to))) {
      const value = this.getText(text);
      if (value !== undefined) yield [toBytes(text), toBytes(value)];
    }
  }

  async write({ entries, position, dropBelow }: StoreBatch): Promise<void> {
    const { path, identity } = this.#options;
    try {
      if (dropBelow !== undefined)
        await this.#database.clear({ gte: dataKey(Buffer.alloc(0)), lt: dataKey(dropBelow) });
      // Entry by entry: LevelDB copies the bytes at once, and an array of a whole commit's would be a hundred megabytes.
      const batch = this.#database.batch();
      const bare = batch as unknown as BareBatch;
      for (const entry of entries) {
        const key = entry.text === undefined ? dataKey(entry.key) : dataKeyOf(entry.text);
        const { value } = entry;
        if (value === null) bare._del(key);
        else bare._put(key, value);
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
    this.#reads.close(this.#cache);
    await this.#database.close();
    await this.#lock.release();
  }

  async discard(): Promise<void> {
    this.#reads.close(this.#cache);
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

/** {@link dataKey} of a key that is given as a text. */
function dataKeyOf(text: string): Buffer {
  const prefixed = Buffer.allocUnsafe(text.length + 1);
  prefixed[0] = dataPrefix;
  if (text.length > shortMax) prefixed.write(text, 1, 'latin1');
  else for (let at = 0; at < text.length; at += 1) prefixed[at + 1] = text.charCodeAt(at);
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
