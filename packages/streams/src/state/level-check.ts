import type { Disk } from '@nagare/base';
import { isTableSound, type LevelVersion, logRecords, sequencesOf, versionOf } from './level-format.ts';

/**
 * Whether the files of a LevelDB database are what was written to them: all of it, or all up to some batch.
 *
 * LevelDB itself looks at the checksums of its tables only when it is asked to, which our binding cannot, leaves out what is
 * damaged in the midst of its log, and takes a manifest that was cut short for an older one, whose log is gone.
 * A folder without files is sound. Nobody may write to the database meanwhile, or the answer means nothing.
 *
 * @param path - The database's folder.
 */
export async function isLevelSound(disk: Disk, path: string): Promise<boolean> {
  const names = await disk.list(path);
  if (names.length === 0) return true;
  const read = async (name: string) => (names.includes(name) ? disk.readFile(`${path}/${name}`) : undefined);
  try {
    const current = String(await read('CURRENT'));
    const manifest = current.endsWith('\n') ? await read(current.slice(0, -1)) : undefined;
    const edits = manifest && logRecords(manifest);
    const version = edits && versionOf(edits);
    if (version === undefined) return false;
    return (await areTablesSound(version, read)) && (await areLogsSound(version, names, read));
  } catch {
    // What cannot be read cannot be trusted.
    return false;
  }
}

type Read = (name: string) => Promise<Buffer | undefined>;

async function areTablesSound({ tables }: LevelVersion, read: Read): Promise<boolean> {
  for (const [number, size] of tables) {
    const table = await read(fileName(number, 'ldb'));
    if (table?.length !== size || !isTableSound(table)) return false;
  }
  return true;
}

/** Logs follow one another without a gap, from the one that the manifest names. */
async function areLogsSound({ logNumber }: LevelVersion, names: readonly string[], read: Read): Promise<boolean> {
  const numbers = names.filter((name) => name.endsWith('.log')).map((name) => Number.parseInt(name, 10));
  const live = numbers.filter((number) => number >= logNumber).sort((a, b) => a - b);
  if (live[0] !== logNumber) return false;
  let isEmpty = false;
  let end: number | undefined;
  for (const number of live) {
    const batches = logRecords((await read(fileName(number, 'log'))) as Buffer);
    const sequences = batches && sequencesOf(batches);
    if (sequences === undefined) return false;
    const { start } = sequences;
    // A log is left for the next one when it is full: so one that is empty was cut, if there is anything behind it.
    if (start !== undefined && (isEmpty || (end ?? start) !== start)) return false;
    isEmpty = start === undefined;
    end = sequences.end ?? end;
  }
  return true;
}

function fileName(number: number, extension: string): string {
  return `${String(number).padStart(6, '0')}.${extension}`;
}
