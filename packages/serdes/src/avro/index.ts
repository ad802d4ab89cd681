export type { AvroOptions } from './avro.ts';
export { avro } from './avro.ts';
export { openSchemaFile } from './file-source.ts';
export { memorySchemaSource } from './memory-source.ts';
export type { AvroSchema, AvroValue } from './schema.ts';
export type { SchemaSource } from './source.ts';
