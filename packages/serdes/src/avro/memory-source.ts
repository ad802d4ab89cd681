import type { SchemaSource } from './source.ts';

/**
 * A schema source within the process, for tests and for programs that share no topic with others.
 *
 * Ids count from 1 in the order of registration, so records outlive it only where another process registers the same
 * schemas in the same order.
 *
 * @returns An empty source.
 */
export function memorySchemaSource(): SchemaSource {
  const schemas: string[] = [];
  return {
    register(_subject, schema) {
      const known = schemas.indexOf(schema);
      return known >= 0 ? known + 1 : schemas.push(schema);
    },
    byId: (id) => schemas[id - 1],
  };
}
