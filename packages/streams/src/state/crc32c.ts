const polynomial = 0x82f63b78;

function buildTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (polynomial & -(crc & 1));
    table[byte] = crc;
  }
  return table;
}

let table: Int32Array | undefined;

/** The CRC-32C (Castagnoli) of bytes, a uint32. */
export function crc32c(bytes: Buffer): number {
  table ??= buildTable();
  let crc = -1;
  for (let at = 0; at < bytes.length; at += 1) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number);
  }
  return ~crc >>> 0;
}
