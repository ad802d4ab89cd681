import type { Fields, StructDraft, StructValue } from './field.ts';
import { parseVersions, type VersionRange, type VersionText } from './version-range.ts';

/** The fields of one message with the versions that exist and those that are flexible (KIP-482). */
export interface MessageSchema<F extends Fields = Fields> {
  readonly name: string;
  readonly versions: VersionRange;
  readonly flexible: VersionRange;
  readonly fields: F;
}

/** A request and its response, for all their versions: the only description of an API key. */
export interface Api<Q extends Fields = Fields, R extends Fields = Fields> {
  readonly key: number;
  readonly name: string;
  readonly versions: VersionRange;
  readonly request: MessageSchema<Q>;
  readonly response: MessageSchema<R>;
}

export type RequestOf<A> = A extends Api<infer Q, Fields> ? StructValue<Q> : never;
export type RequestDraftOf<A> = A extends Api<infer Q, Fields> ? StructDraft<Q> : never;
export type ResponseOf<A> = A extends Api<Fields, infer R> ? StructValue<R> : never;
export type ResponseDraftOf<A> = A extends Api<Fields, infer R> ? StructDraft<R> : never;

export interface ApiDefinition<Q extends Fields, R extends Fields> {
  readonly key: number;
  readonly name: string;
  readonly versions: VersionText;
  readonly flexible: VersionText;
  readonly request: Q;
  readonly response: R;
}

/** Describes an API key. */
export function defineApi<const Q extends Fields, const R extends Fields>(definition: ApiDefinition<Q, R>): Api<Q, R> {
  const { key, name } = definition;
  const versions = parseVersions(definition.versions);
  const flexible = parseVersions(definition.flexible);
  return Object.freeze({
    key,
    name,
    versions,
    request: Object.freeze({ name: `${name}Request`, versions, flexible, fields: definition.request }),
    response: Object.freeze({ name: `${name}Response`, versions, flexible, fields: definition.response }),
  });
}

/** A message that is stored in a log rather than sent: its key in the log's schema is `type`. */
export interface StoredRecord<F extends Fields = Fields> extends MessageSchema<F> {
  readonly type: number | undefined;
}

export type StoredValueOf<S> = S extends MessageSchema<infer F> ? StructValue<F> : never;
export type StoredDraftOf<S> = S extends MessageSchema<infer F> ? StructDraft<F> : never;

/** Describes a stored record, or any other message that is not an API. */
export function defineRecord<const F extends Fields>(definition: {
  readonly name: string;
  readonly type?: number;
  readonly versions: VersionText;
  readonly flexible: VersionText;
  readonly fields: F;
}): StoredRecord<F> {
  return Object.freeze({
    name: definition.name,
    type: definition.type,
    versions: parseVersions(definition.versions),
    flexible: parseVersions(definition.flexible),
    fields: definition.fields,
  });
}
