import { type LateKey, lateStream } from '../operators/late-records.ts';
import { type Place, runOf } from './node.ts';
import { KStream } from './stream.ts';

/** Takes what comes too late for windows. */
export interface TakesLate<K, V> {
  /**
   * Is given the records that come too late, as a stream with their own keys, values, timestamps and headers. They are not counted
   * as dropped then.
   *
   * @example Late clicks in a topic of their own
   * ```ts
   * clicks
   *   .groupByKey()
   *   .windowedBy(TimeWindows.ofSizeAndGrace('1m', '10s'))
   *   .count({ late: (late) => late.to('late-clicks') });
   * ```
   */
  readonly late?: ((late: KStream<K, V>) => void) | undefined;
}

/** What the operator of late records is known by, if anybody takes them. @throws {TypeError} When it is no function. */
export function lateKey<K, V>(take: ((late: KStream<K, V>) => void) | undefined): LateKey | undefined {
  if (take === undefined) return undefined;
  if (typeof take !== 'function')
    throw new TypeError('late must be a function of a stream, such as late => late.to(topic)');
  return {};
}

/** Adds the stream of late records behind an operator. Its own name takes no number. */
export function giveLate<K, V>(
  from: Place<K, V>,
  { node, key, take }: { node: string; key: LateKey | undefined; take: ((late: KStream<K, V>) => void) | undefined },
): void {
  if (key === undefined || take === undefined) return;
  const name = `${node}-late`;
  from.builder.addProcessor({ name, parents: [node], run: runOf(lateStream(key)) });
  take(new KStream<K, V>({ ...from, node: name }));
}
