/**
 * Turns values into bytes and back. Both ways are synchronous.
 *
 * Null passes through as null: it is the tombstone that deletes a key, and has no bytes. The topic is given for serdes
 * that look up a schema by it; most do without.
 *
 * @typeParam T - The values; never null.
 */
export interface Serde<T> {
  /** @throws {SerdeError} when the value cannot be written. */
  serialize(topic: string, value: T | null): Buffer | null;
  /** @throws {SerdeError} when the bytes cannot be read. The value may share memory with `bytes`. */
  deserialize(topic: string, bytes: Buffer | null): T | null;
  /** The part of a key's bytes that chooses its partition, when that is not all of them. */
  readonly partitionPart?: (bytes: Buffer) => Buffer;
}

/** The values of a serde. */
export type ValueOf<S> = S extends Serde<infer T> ? T : never;

/**
 * Makes a serde from two functions that never see null and do not need the topic.
 *
 * @param codec - `write` gives a value's bytes, `read` the value of bytes; both throw {@link SerdeError}.
 * @returns The serde.
 * @example A date as its ISO text
 * ```ts
 * const date = defineSerde<Date>({
 *   write: (value) => Buffer.from(value.toISOString()),
 *   read: (bytes) => new Date(bytes.toString()),
 * });
 * ```
 */
export function defineSerde<T>(codec: { write(value: T): Buffer; read(bytes: Buffer): T }): Serde<T> {
  const { write, read } = codec;
  return Object.freeze({
    serialize: (_topic: string, value: T | null) => (value === null ? null : write(value)),
    deserialize: (_topic: string, bytes: Buffer | null) => (bytes === null ? null : read(bytes)),
  });
}
