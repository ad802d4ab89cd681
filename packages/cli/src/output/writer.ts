import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes to a stream and waits while it takes no more, so that a slow reader slows the command down. */
export async function writeAll(stream: Writable, chunk: Buffer | string): Promise<void> {
  if (!stream.write(chunk)) await once(stream, 'drain');
}
