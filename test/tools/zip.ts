import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;

/** Reads the files of a zip archive (a jar, say) whose names `wanted` accepts. Archives above 4 GiB are not read. */
export function readZip(path: string, wanted: (name: string) => boolean): Map<string, Buffer> {
  const archive = readFileSync(path);
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(endOf(archive) + 16);
  while (archive.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted(name)) files.set(name, content(archive, at));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

/** The end record stands last, before a comment of unknown length. */
function endOf(archive: Buffer): number {
  for (let at = archive.length - 22; at >= 0; at--) if (archive.readUInt32LE(at) === END_SIGNATURE) return at;
  throw new Error('Not a zip archive');
}

function content(archive: Buffer, entry: number): Buffer {
  const packedLength = archive.readUInt32LE(entry + 20);
  const header = archive.readUInt32LE(entry + 42);
  // The local header's extra field may be of another length than the central one's.
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const packed = archive.subarray(start, start + packedLength);
  return archive.readUInt16LE(entry + 10) === 0 ? packed : inflateRawSync(packed);
}
