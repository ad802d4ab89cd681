import { type Api, defaultOf, type Fields, hasVersion } from '@nagare/protocol';

type Values = Readonly<Record<string, unknown>>;

/** Other names by which answers call what requests name. */
const askedAs: Readonly<Record<string, readonly string[]>> = {
  partitionIndex: ['index', 'partition', 'partitionIndex'],
  partition: ['partitionIndex', 'index'],
  index: ['partitionIndex', 'partition'],
  topicName: ['name', 'topic'],
  topic: ['name'],
  name: ['topic', 'topicName'],
};

/**
 * An answer that says the same error of everything that was asked. It is built from the schemas: lists of an answer go over
 * what the lists of the request name, in the same order, and every error code is the error.
 */
export function errorAnswer(
  api: Api,
  { version, request, code }: { readonly version: number; readonly request: object; readonly code: number },
): object {
  return new ErrorAnswer(version, code).structOf(api.response.fields, askedOf(api.request.fields, request));
}

/** A struct of a request, or one of the names in a list. */
interface Asked {
  readonly fields: Fields;
  readonly values: Values;
  readonly scalar?: unknown;
}

class ErrorAnswer {
  readonly #version: number;
  readonly #code: number;

  constructor(version: number, code: number) {
    this.#version = version;
    this.#code = code;
  }

  structOf(fields: Fields, asked: Asked): Values {
    const lists = this.#listsOf(asked).values();
    const answer: Record<string, unknown> = {};
    let { scalar } = asked;
    for (const [name, field] of Object.entries(fields)) {
      if (!hasVersion(field.versions, this.#version)) continue;
      const element = field.element?.fields;
      if (isErrorCode(name)) answer[name] = this.#code;
      else if (element !== undefined)
        answer[name] = hasErrors(element) ? this.#listOf(element, lists.next().value) : [];
      else if (scalar !== undefined && typeof scalar === typeof defaultOf(field)) {
        answer[name] = scalar;
        scalar = undefined;
      } else answer[name] = namedIn(asked, name) ?? defaultOf(field);
    }
    return answer;
  }

  #listOf(element: Fields, asked: readonly Asked[] = []): Values[] {
    return asked.map((each) => this.structOf(element, each));
  }

  /** The lists of a request, each as what its elements name. */
  #listsOf({ fields, values }: Asked): (readonly Asked[])[] {
    return Object.entries(fields).flatMap(([name, { kind, element, versions }]) => {
      const list = values[name];
      if (kind !== 'array' || !hasVersion(versions, this.#version) || !Array.isArray(list)) return [];
      return [list.map((each) => askedOf(element?.fields, each))];
    });
  }
}

function hasErrors(fields: Fields): boolean {
  return Object.entries(fields).some(
    ([name, { element }]) => isErrorCode(name) || (element?.fields !== undefined && hasErrors(element.fields)),
  );
}

function askedOf(fields: Fields | undefined, value: unknown): Asked {
  return fields === undefined ? { fields: {}, values: {}, scalar: value } : { fields, values: value as Values };
}

function namedIn({ fields, values }: Asked, name: string): unknown {
  const found = [name, ...(askedAs[name] ?? [])].find((each) => each in values && fields[each]?.kind !== 'array');
  return found === undefined ? undefined : values[found];
}

function isErrorCode(name: string): boolean {
  return /^errorCode$|ErrorCode$/.test(name);
}
