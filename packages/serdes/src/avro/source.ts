/**
 * Where schemas get their ids, and ids their schemas: the part of a schema registry that a serde needs.
 *
 * Both methods answer at once. A source over a network answers from what it has loaded before.
 */
export interface SchemaSource {
  /**
   * The id of a schema under a subject; the same schema has the same id under every subject.
   *
   * @param subject - `<topic>-key` or `<topic>-value`, unless the serde was told otherwise.
   * @param schema - The schema as JSON text.
   * @throws {SerdeError} `NAGARE_SERDES_UNKNOWN_SCHEMA` when the source takes no new schemas and has not this one.
   */
  register(subject: string, schema: string): number;
  /** The schema with this id as JSON text, or undefined when there is none. */
  byId(id: number): string | undefined;
}
