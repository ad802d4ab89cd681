import type { MessageSchema } from './api.ts';
import { defaultOf, type Field, type Fields } from './field.ts';
import { hasVersion } from './version-range.ts';

/** One field as one version of a message carries it. */
export interface FieldLayout {
  readonly name: string;
  readonly field: Field;
  readonly nullable: boolean;
  readonly defaultValue: unknown;
  /** Set for lists: how each element looks. Its own name is empty. */
  readonly element: FieldLayout | undefined;
  /** Set for structs, and for lists of structs on their element. */
  readonly struct: StructLayout | undefined;
}

/** A struct as one version carries it. The three lists together hold every field of the schema. */
export interface StructLayout {
  readonly flexible: boolean;
  readonly present: readonly FieldLayout[];
  readonly tagged: readonly (FieldLayout & { readonly tag: number })[];
  readonly absent: readonly FieldLayout[];
}

/** Resolves a schema for one version: what is there, what is tagged, what is left to its default. */
export function layoutOf(schema: MessageSchema, version: number): StructLayout {
  return structLayout(schema.fields, version, hasVersion(schema.flexible, version));
}

function structLayout(fields: Fields, version: number, flexible: boolean): StructLayout {
  const present: FieldLayout[] = [];
  const tagged: (FieldLayout & { tag: number })[] = [];
  const absent: FieldLayout[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const layout = fieldLayout(name, field, version, flexible);
    if (flexible && field.tag !== undefined && hasVersion(field.taggedVersions, version)) {
      tagged.push({ ...layout, tag: field.tag });
    } else if (hasVersion(field.versions, version)) present.push(layout);
    else absent.push(layout);
  }
  tagged.sort((a, b) => a.tag - b.tag);
  return { flexible, present, tagged, absent };
}

function fieldLayout(name: string, field: Field, version: number, flexible: boolean): FieldLayout {
  return {
    name,
    field,
    nullable: hasVersion(field.nullableVersions, version),
    defaultValue: defaultOf(field),
    element: field.element && fieldLayout('', field.element, version, flexible),
    struct: field.fields && structLayout(field.fields, version, flexible),
  };
}

/** The fewest bytes that a field can take: the bound for the length of a list of them. */
export function bytesMin(layout: FieldLayout, flexible: boolean): number {
  switch (layout.field.kind) {
    case 'bool':
    case 'int8':
      return 1;
    case 'int16':
    case 'uint16':
      return 2;
    case 'int32':
    case 'uint32':
      return 4;
    case 'int64':
    case 'float64':
      return 8;
    case 'uuid':
      return 16;
    case 'string':
      return flexible ? 1 : 2;
    case 'bytes':
    case 'records':
    case 'array':
      return flexible ? 1 : 4;
    case 'struct':
      return layout.nullable ? 1 : structBytesMin(layout.struct as StructLayout);
  }
}

function structBytesMin(struct: StructLayout): number {
  const fields = struct.present.reduce((total, field) => total + bytesMin(field, struct.flexible), 0);
  return fields + (struct.flexible ? 1 : 0);
}
