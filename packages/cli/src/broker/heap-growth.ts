import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** What may pile up between two full collections. */
const growthBytes = 96 * 1024 ** 2;
/** The factor that V8 itself grows by at most, four, in its own terms. */
const growthPercentMin = 300;
const adjustMs = 10_000;

/**
 * Has V8 collect everything after a certain number of bytes rather than after a multiple of what lives.
 *
 * A broker's heap is small, and record batches pass by it in buffers that count as its growth: V8 would run a full
 * collection for every 9 MB of records, which was a third of the CPU time of producing and half of that of consuming.
 */
export function boundHeapGrowth(): void {
  adjust();
  setInterval(adjust, adjustMs).unref();
}

function adjust(): void {
  const percent = Math.round((100 * growthBytes) / getHeapStatistics().used_heap_size);
  setFlagsFromString(`--heap-growing-percent=${Math.max(growthPercentMin, percent)}`);
}
