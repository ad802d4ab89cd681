import { noVersions, parseVersions, type VersionRange, type VersionText } from './version-range.ts';

export type PrimitiveKind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records';

export type FieldKind = PrimitiveKind | 'array' | 'struct';

declare const valueType: unique symbol;
declare const draftType: unique symbol;
declare const optionalType: unique symbol;

/**
 * One field of a message, for all versions of the message.
 *
 * @typeParam Value - What decoding gives.
 * @typeParam Draft - What encoding accepts.
 * @typeParam Optional - Whether a draft may leave the field out; its default is written then.
 */
export interface Field<Value = unknown, Draft = Value, Optional extends boolean = boolean> {
  readonly kind: FieldKind;
  readonly versions: VersionRange;
  readonly nullableVersions: VersionRange;
  /** The tag under which flexible versions carry the field, in `taggedVersions`. */
  readonly tag: number | undefined;
  readonly taggedVersions: VersionRange;
  /** The value where the version lacks the field; undefined means the default of the kind. */
  readonly defaultValue: unknown;
  readonly element: Field | undefined;
  readonly fields: Fields | undefined;
  readonly [valueType]?: Value;
  readonly [draftType]?: Draft;
  readonly [optionalType]?: Optional;
}

export type Fields = { readonly [name: string]: Field };

export type ValueOf<F> = F extends { readonly [valueType]?: infer V } ? Exclude<V, undefined> : never;
export type DraftOf<F> = F extends { readonly [draftType]?: infer D } ? Exclude<D, undefined> : never;

type OptionalNames<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly [optionalType]?: infer O } ? (true extends O ? K : never) : never;
}[keyof F];

type Flat<T> = { [K in keyof T]: T[K] };

/** What decoding a struct gives: every field, whatever the version. */
export type StructValue<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** What encoding a struct accepts: fields with a default may be left out. */
export type StructDraft<F extends Fields> = Flat<
  { readonly [K in Exclude<keyof F, OptionalNames<F>>]: DraftOf<F[K]> } & {
    readonly [K in OptionalNames<F> & keyof F]?: DraftOf<F[K]> | undefined;
  }
>;

function field(kind: FieldKind, versions: string, options: object | undefined, more?: Partial<Field>): Field {
  const defaultValue = options !== undefined && 'default' in options ? options.default : undefined;
  return Object.freeze({
    kind,
    versions: parseVersions(versions),
    nullableVersions: noVersions,
    tag: undefined,
    taggedVersions: noVersions,
    defaultValue,
    element: undefined,
    fields: undefined,
    ...more,
  });
}

type WithDefault<T> = { readonly default: T };

interface PrimitiveBuilder<T, D = T> {
  (versions?: VersionText): Field<T, D, false>;
  (versions: VersionText, options: WithDefault<T>): Field<T, D, true>;
}

function primitive<T, D = T>(kind: PrimitiveKind): PrimitiveBuilder<T, D> {
  return ((versions: VersionText = '0+', options?: WithDefault<T>) =>
    field(kind, versions, options)) as PrimitiveBuilder<T, D>;
}

export const bool = primitive<boolean>('bool');
export const int8 = primitive<number>('int8');
export const int16 = primitive<number>('int16');
export const uint16 = primitive<number>('uint16');
export const int32 = primitive<number>('int32');
export const uint32 = primitive<number>('uint32');
/** A 64-bit integer as a number: exact to 2^53, the nearest double beyond. */
export const int64 = primitive<number>('int64');
export const float64 = primitive<number>('float64');
export const string = primitive<string>('string');
/** A 16-byte id in Kafka's text form: 22 characters of base64url. */
export const uuid = primitive<string>('uuid');
/** Bytes; decoding gives a slice of the frame. */
export const bytes = primitive<Buffer>('bytes');
/** Record batches; decoding gives a slice of the frame, encoding sends the slices as they are. */
export const records = primitive<Buffer, Buffer | readonly Buffer[]>('records');

/** A list of one kind of element; an object of fields means a list of structs. */
export function array<F extends Fields>(
  versions: VersionText,
  element: F,
): Field<readonly StructValue<F>[], readonly StructDraft<F>[], false>;
export function array<F extends Fields>(
  versions: VersionText,
  element: F,
  options: WithDefault<readonly []>,
): Field<readonly StructValue<F>[], readonly StructDraft<F>[], true>;
export function array<V, D>(versions: VersionText, element: Field<V, D>): Field<readonly V[], readonly D[], false>;
export function array<V, D>(
  versions: VersionText,
  element: Field<V, D>,
  options: WithDefault<readonly []>,
): Field<readonly V[], readonly D[], true>;
export function array(versions: VersionText, element: Field | Fields, options?: object): Field {
  const isField = typeof (element as Field).kind === 'string' && 'taggedVersions' in element;
  const inner = isField ? (element as Field) : field('struct', '0+', undefined, { fields: element as Fields });
  return field('array', versions, options, { element: inner });
}

/** A struct inside a struct. */
export function struct<F extends Fields>(
  versions: VersionText,
  fields: F,
): Field<StructValue<F>, StructDraft<F>, false>;
export function struct<F extends Fields>(
  versions: VersionText,
  fields: F,
  options: WithDefault<'empty'>,
): Field<StructValue<F>, StructDraft<F>, true>;
export function struct(versions: VersionText, fields: Fields, options?: object): Field {
  return field('struct', versions, options === undefined ? undefined : {}, { fields });
}

/** Lets a field be null: in all its versions, or in those of `versions`. */
export function nullable<V, D, O extends boolean>(
  inner: Field<V, D, O>,
  options: { readonly default: V | null; readonly versions?: VersionText },
): Field<V | null, D | null, true>;
export function nullable<V, D, O extends boolean>(
  inner: Field<V, D, O>,
  options?: { readonly versions?: VersionText },
): Field<V | null, D | null, O>;
export function nullable(inner: Field, options: { default?: unknown; versions?: VersionText } = {}): Field {
  return Object.freeze({
    ...inner,
    nullableVersions: options.versions === undefined ? inner.versions : parseVersions(options.versions),
    defaultValue: 'default' in options ? options.default : inner.defaultValue,
  });
}

/** Carries a field as a tagged one, in all its versions or in those of `versions`. Drafts may leave it out. */
export function tagged<V, D>(
  tag: number,
  inner: Field<V, D>,
  options: { readonly versions?: VersionText } = {},
): Field<V, D, true> {
  return Object.freeze({
    ...inner,
    tag,
    taggedVersions: options.versions === undefined ? inner.versions : parseVersions(options.versions),
  }) as Field<V, D, true>;
}

/** The value of a field that its version lacks, as Kafka defines it. */
export function defaultOf(field: Field): unknown {
  if (field.defaultValue !== undefined) return field.defaultValue;
  switch (field.kind) {
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'uuid':
      return zeroUuid;
    case 'bytes':
      return emptyBytes;
    case 'records':
      return null;
    case 'array':
      return emptyList;
    case 'struct':
      return Object.fromEntries(Object.entries(field.fields ?? {}).map(([name, inner]) => [name, defaultOf(inner)]));
    default:
      return 0;
  }
}

/** The id that stands for none. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA';
const emptyBytes = Buffer.alloc(0);
const emptyList: readonly never[] = Object.freeze([]);
