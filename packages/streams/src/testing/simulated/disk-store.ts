import { assert, crc32c, type DiskFile, type DiskLock } from '@nagare/base';
import { type ByteStore, type StoreBatch, type StorePlace, toBytes, toText } from '../../state/byte-store.ts';
import { lockOf } from '../../state/level.ts';
import { MemoryStore } from '../../state/memory.ts';

const headerBytes = 8;

/**
 * Keeps a store's bytes in a journal on any disk, a simulated one as well: LevelDB, being native, sees the real one alone.
 *
 * Like LevelDB it does not sync: a process that dies leaves whole batches, a machine that dies may take some of the last.
 */
export class DiskStore implements ByteStore {
  readonly #place: StorePlace;
  readonly #lock: DiskLock;
  readonly #file: DiskFile;
  readonly #rows: MemoryStore;
  #bytes = 0;

  private constructor(place: StorePlace, open: { readonly lock: DiskLock; readonly file: DiskFile }) {
    this.#place = place;
    this.#lock = open.lock;
    this.#file = open.file;
    this.#rows = new MemoryStore({ ordered: place.ordered });
  }

  /** @throws {StreamsError} `NAGARE_STREAMS_STATE_LOCKED` when another process holds the folder. */
  static async open(place: StorePlace): Promise<DiskStore> {
    const { disk, path } = place;
    await disk.makeDirectory(path);
    const lock = await lockOf(disk, path);
    try {
      const file = await disk.open(`${path}/journal`, { create: true });
      const store = new DiskStore(place, { lock, file });
      await store.#recover();
      return store;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get position(): number | undefined {
    return this.#rows.position;
  }

  get(key: Buffer): Buffer | undefined {
    return this.#rows.get(key);
  }

  getText(key: string): string | undefined {
    return this.#rows.getText(key);
  }

  range(from?: Buffer, to?: Buffer): Iterable<readonly [Buffer, Buffer]> {
    return this.#rows.range(from, to);
  }

  async write(batch: StoreBatch): Promise<void> {
    await this.#append(encodeBatch(batch));
    this.#rows.apply(batch);
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#lock.release();
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await this.#place.disk.removeDirectory(this.#place.path);
    await this.#lock.release();
  }

  async #append(text: string): Promise<void> {
    const payload = Buffer.from(text);
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32BE(payload.length, 0);
    header.writeUInt32BE(crc32c(payload), 4);
    const at = this.#bytes;
    this.#bytes += headerBytes + payload.length;
    await this.#file.write([header, payload], at);
  }

  /** Takes the batches up to the first that is damaged. What stood behind it must never count again, so its end is synced. */
  async #recover(): Promise<void> {
    const bytes = await this.#file.read(0, await this.#file.size());
    const texts = textsIn(bytes);
    const first = texts.next();
    if (first.done !== true && first.value === this.#place.identity) {
      this.#bytes = headerBytes + Buffer.byteLength(first.value);
      for (const text of texts) {
        this.#rows.apply(decodeBatch(text));
        this.#bytes += headerBytes + Buffer.byteLength(text);
      }
    }
    await this.#file.truncate(this.#bytes);
    await this.#file.sync();
    if (this.#bytes === 0) await this.#append(this.#place.identity);
  }
}

/** The records of a journal as far as they are sound. */
function* textsIn(bytes: Buffer): Generator<string, undefined> {
  for (let at = 0; at + headerBytes < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const payload = bytes.subarray(at + headerBytes, at + headerBytes + length);
    if (length === 0 || payload.length < length || crc32c(payload) !== bytes.readUInt32BE(at + 4)) return;
    yield payload.toString();
    at += headerBytes + length;
  }
}

/** Bytes as texts of one character each. */
interface KeptBatch {
  readonly entries: readonly (readonly [key: string, value: string | null, timestamp: number])[];
  readonly position: number;
  readonly dropBelow: string | null;
}

function encodeBatch({ entries, position, dropBelow }: StoreBatch): string {
  const kept: KeptBatch = {
    entries: entries.map(({ key, value, timestamp }) => [toText(key), value && toText(value), timestamp]),
    position,
    dropBelow: dropBelow === undefined ? null : toText(dropBelow),
  };
  return JSON.stringify(kept);
}

function decodeBatch(text: string): StoreBatch {
  const { entries, position, dropBelow } = JSON.parse(text) as KeptBatch;
  assert(Number.isSafeInteger(position), 'a batch of a journal has a position');
  return {
    entries: entries.map(([key, value, timestamp]) => {
      return { key: toBytes(key), value: value === null ? null : toBytes(value), timestamp };
    }),
    position,
    ...(dropBelow === null ? {} : { dropBelow: toBytes(dropBelow) }),
  };
}
