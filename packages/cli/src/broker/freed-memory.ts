/** glibc's own bound for what it raises its thresholds to is 32 MiB; half of that is enough for what one consumer has under way. */
const pieceBytes = 16 * 1024 * 1024;

/**
 * Has glibc keep what is freed, up to 32 MiB, rather than hand it back to the system at once.
 *
 * Fetched batches are buffers of up to a mebibyte that live for milliseconds. Pages that go back after each of them are
 * cleared by the kernel before the next one: a third of the broker's CPU time while 1 KiB records are consumed. glibc
 * keeps twice the size of the largest mapped piece that was ever freed (mallopt(3), M_TRIM_THRESHOLD): this frees one, of
 * which no page was ever touched, with the next collection. Other C libraries take no notice.
 */
export function keepFreedMemory(): void {
  Buffer.allocUnsafeSlow(pieceBytes);
}
