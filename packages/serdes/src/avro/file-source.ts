import type { Disk } from '@nagare/base';
import { SerdeError } from '../errors.ts';
import type { SchemaSource } from './source.ts';

interface Entry {
  readonly id: number;
  readonly schema: string;
}

/**
 * Opens a file of schemas that is kept beside the program, in version control.
 *
 * The file is a JSON object from id to schema: `{ "1": { "type": "record", … }, "2": "string" }`. It is never written: an
 * id must mean the same schema in every process for ever, so a new schema is added to the file by hand.
 *
 * @param disk - The disk that has the file.
 * @param path - The file, absolute.
 * @returns A source that knows exactly the schemas of the file.
 * @throws {SerdeError} `NAGARE_SERDES_BAD_BYTES` when the file is not such an object.
 */
export async function openSchemaFile(disk: Disk, path: string): Promise<SchemaSource> {
  const entries = parseSchemaFile((await disk.readFile(path)).toString(), path);
  const idOf = new Map(entries.map(({ id, schema }) => [schema, id]));
  const schemaOf = new Map(entries.map(({ id, schema }) => [id, schema]));
  return {
    register(subject, schema) {
      const id = idOf.get(schema);
      if (id !== undefined) return id;
      const detail = `the schema of ${subject} is not in ${path}; add it there under a new id: ${schema}`;
      throw new SerdeError('NAGARE_SERDES_UNKNOWN_SCHEMA', detail);
    },
    byId: (id) => schemaOf.get(id),
  };
}

function parseSchemaFile(text: string, path: string): Entry[] {
  const content = parseJson(text, path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `${path} is not a JSON object from id to schema`);
  }
  return Object.entries(content).map(([name, schema]) => {
    const id = Number(name);
    if (!Number.isInteger(id) || id < 0) {
      throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `${path} has the id ${name}, which is not a whole number`);
    }
    return { id, schema: JSON.stringify(schema) };
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `${path} is not JSON`, { cause });
  }
}
