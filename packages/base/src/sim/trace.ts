import { crc32 } from 'node:zlib';

/** A running hash of all that happened: two runs of one seed end with the same, or something is not repeatable. */
export class Trace {
  readonly #tell: ((line: string) => void) | undefined;
  #hash = 0;

  constructor(tell?: (line: string) => void) {
    this.#tell = tell;
  }

  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  note(line: string, bytes?: Buffer): void {
    this.#hash = crc32(line, this.#hash);
    if (bytes !== undefined) this.#hash = crc32(bytes, this.#hash);
    this.#tell?.(line);
  }
}
