import { ProtocolError } from '../protocol-error.ts';
import type { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import type { MessageSchema } from './api.ts';
import type { Fields, StructDraft, StructValue } from './field.ts';
import { isDefault, primitiveMethod } from './interpret.ts';
import { bytesMin, type FieldLayout, layoutOf, type StructLayout } from './layout.ts';
import { formatVersions, hasVersion } from './version-range.ts';

/** Reads and writes one version of one message. */
export interface Codec<F extends Fields> {
  read(reader: Reader): StructValue<F>;
  write(writer: Writer, message: StructDraft<F>): void;
}

const cache = new WeakMap<MessageSchema, (Codec<Fields> | undefined)[]>();

/**
 * The codec of one version of a message: straight-line code made from the schema on first use, then kept.
 *
 * @throws {ProtocolError} `unsupported` when the schema has no such version.
 */
export function codecOf<F extends Fields>(schema: MessageSchema<F>, version: number): Codec<F> {
  let codecs = cache.get(schema as MessageSchema);
  if (codecs === undefined) {
    codecs = [];
    cache.set(schema as MessageSchema, codecs);
  }
  let codec = codecs[version];
  if (codec === undefined) {
    if (!hasVersion(schema.versions, version)) throw unsupported(schema, version);
    codec = compile(layoutOf(schema as MessageSchema, version));
    codecs[version] = codec;
  }
  return codec as unknown as Codec<F>;
}

function unsupported(schema: MessageSchema<Fields> | MessageSchema, version: number): ProtocolError {
  return new ProtocolError(
    'unsupported',
    `${schema.name} has versions ${formatVersions(schema.versions)}, got ${version}`,
  );
}

function compile(layout: StructLayout): Codec<Fields> {
  const source = new Source();
  const read = source.structReader(layout);
  const write = source.structWriter(layout);
  // The text holds names and numbers of our own schemas alone; nothing that came over the wire reaches it.
  const make = new Function(
    'c',
    'Writer',
    'isDefault',
    'nullError',
    `"use strict";${source.text}return{read:${read},write:${write}};`,
  );
  return make(source.constants, Writer, isDefault, nullError) as Codec<Fields>;
}

function nullError(name: string): ProtocolError {
  return new ProtocolError('malformed', `Field ${name || 'of a list'} cannot be null in this version`);
}

/** The text of a codec: one function for each struct, outermost last. */
class Source {
  text = '';
  readonly constants: unknown[] = [];
  #names = 0;

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  #constant(value: unknown): string {
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'string') return JSON.stringify(value);
    this.constants.push(value);
    return `c[${this.constants.length - 1}]`;
  }

  structReader(layout: StructLayout): string {
    const name = this.#name('read');
    const locals = new Map<FieldLayout, string>();
    let body = '';
    for (const field of layout.present) {
      const local = this.#name('v');
      locals.set(field, local);
      body += this.#readInto(local, field, layout.flexible);
    }
    for (const field of layout.tagged) {
      const local = this.#name('v');
      locals.set(field, local);
      body += `let ${local}=${this.#constant(field.defaultValue)};`;
    }
    if (layout.flexible) body += this.#readTags(layout, locals);
    const all = [...layout.present, ...layout.tagged].map((field) => `${field.name}:${locals.get(field)}`);
    for (const field of layout.absent) all.push(`${field.name}:${this.#constant(field.defaultValue)}`);
    this.text += `function ${name}(r){${body}return{${all.join(',')}};}\n`;
    return name;
  }

  #readTags(layout: StructLayout, locals: ReadonlyMap<FieldLayout, string>): string {
    if (layout.tagged.length === 0) return 'r.skipTags();';
    const cases = layout.tagged.map((field) => {
      const value = this.#name('t');
      const read = this.#readInto(value, field, true, true);
      return `case ${field.tag}:{r.at=at;${read}${locals.get(field)}=${value};r.endTag(at+size,tag);break;}`;
    });
    const loop = 'tag=r.tag(tag);const size=r.uvarint(),at=r.skip(size,"a tagged field");';
    return `let tag=-1;for(let n=r.tagCount();n>0;n--){${loop}switch(tag){${cases.join('')}}}`;
  }

  #readInto(local: string, field: FieldLayout, flexible: boolean, isTagged = false): string {
    if (field.field.kind === 'array') return this.#readList(local, field, flexible);
    return `let ${local}=${this.#readExpression(field, flexible, isTagged)};`;
  }

  #readExpression(field: FieldLayout, flexible: boolean, isTagged: boolean): string {
    if (field.struct === undefined) return `r.${primitiveMethod(field, flexible)}()`;
    const read = `${this.structReader(field.struct)}(r)`;
    if (!field.nullable) return read;
    return isTagged ? `(r.uvarint()===0?null:${read})` : `(r.int8()<0?null:${read})`;
  }

  #readList(local: string, field: FieldLayout, flexible: boolean): string {
    const element = field.element as FieldLayout;
    const count = this.#name('n');
    const method = flexible ? 'compactCount' : 'count';
    const item = this.#name('e');
    const each = `${this.#readInto(item, element, flexible)}${local}.push(${item});`;
    const fill = `${local}=[];for(let i=0;i<${count};i++){${each}}`;
    const ifNull = field.nullable ? '' : `throw nullError(${JSON.stringify(field.name)});`;
    return `const ${count}=r.${method}(${bytesMin(element, flexible)});let ${local}=null;if(${count}<0){${ifNull}}else{${fill}}`;
  }

  structWriter(layout: StructLayout): string {
    const name = this.#name('write');
    let body = '';
    for (const field of layout.present) body += this.#writeMember(field, layout.flexible);
    if (layout.flexible) body += this.#writeTags(layout);
    this.text += `function ${name}(w,m){${body}}\n`;
    return name;
  }

  #member(local: string, field: FieldLayout): string {
    return `let ${local}=m.${field.name};if(${local}===undefined)${local}=${this.#constant(field.defaultValue)};`;
  }

  #writeMember(field: FieldLayout, flexible: boolean): string {
    const local = this.#name('v');
    return this.#member(local, field) + this.#writeValue('w', local, field, flexible);
  }

  #writeTags(layout: StructLayout): string {
    if (layout.tagged.length === 0) return 'w.uvarint(0);';
    let count = 'let n=0;';
    let writes = '';
    for (const field of layout.tagged) {
      const local = this.#name('v');
      const set = this.#name('has');
      count += `${this.#member(local, field)}const ${set}=!isDefault(${this.#constant(field)},${local});if(${set})n++;`;
      const content = this.#writeValue('t', local, field, true, true);
      writes += `if(${set}){const t=new Writer(64);${content}w.tagged(${field.tag},t);}`;
    }
    return `${count}w.uvarint(n);${writes}`;
  }

  #writeValue(writer: string, local: string, field: FieldLayout, flexible: boolean, isTagged = false): string {
    const nullCheck = field.nullable ? '' : `if(${local}===null)throw nullError(${JSON.stringify(field.name)});`;
    if (field.field.kind === 'array') return nullCheck + this.#writeList(writer, local, field, flexible);
    if (field.struct === undefined) return `${nullCheck}${writer}.${primitiveMethod(field, flexible)}(${local});`;
    const write = `${this.structWriter(field.struct)}(${writer},${local});`;
    if (!field.nullable) return nullCheck + write;
    // Whether a struct is null says an int8, and a varint when it is a tagged field itself.
    const mark = isTagged ? `uvarint(${local}===null?0:1)` : `int8(${local}===null?-1:1)`;
    return `${writer}.${mark};if(${local}!==null){${write}}`;
  }

  #writeList(writer: string, local: string, field: FieldLayout, flexible: boolean): string {
    const method = flexible ? 'compactCount' : 'count';
    const item = this.#name('e');
    const each = this.#writeValue(writer, item, field.element as FieldLayout, flexible);
    const fill = `${writer}.${method}(${local}.length);for(const ${item} of ${local}){${each}}`;
    return `if(${local}===null)${writer}.${method}(-1);else{${fill}}`;
  }
}
