/** Larger batches are kept as they are: a copy would cost more than what it frees. */
const copiedBytesMax = 8192;
/** Below this, memory of its own takes much more than the batch. */
const alwaysCopiedBytesMax = 1024;
/**
 * Copies stand side by side in memory that nothing else is in. Out of Node's pool they would each hold a piece of 8 KB,
 * where everything beside them has long gone.
 */
const slabBytes = 16 * 1024;

let slab = Buffer.alloc(0);
let slabAt = 0;

/**
 * The batch in memory that does not take much more than the batch, as long as batches are let go in about the order in
 * which they came: a small one is copied out of what it came in.
 */
export function retainable(batch: Buffer): Buffer {
  const { length } = batch;
  const holdsMuch = batch.buffer.byteLength >= 4 * length;
  if (length > copiedBytesMax || (length > alwaysCopiedBytesMax && !holdsMuch)) return batch;
  if (slabAt + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    slabAt = 0;
  }
  const copy = slab.subarray(slabAt, slabAt + length);
  batch.copy(copy);
  slabAt += length;
  return copy;
}
