import { type Api, defaultOf, type Field, type Fields } from '@nagare/protocol';

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
 * what the lists of the request name, in the same order, and every `errorCode` is the error.
 */
export function errorAnswer(api: Api, request: object, code: number): object {
  return structOf(api.response.fields, { fields: api.request.fields, values: request as Values }, code);
}

/** A struct of a request, or one of the names in a list. */
interface Asked {
  readonly fields: Fields;
  readonly values: Values;
  readonly scalar?: unknown;
}

function structOf(fields: Fields, asked: Asked, code: number): Values {
  const lists = listsOf(asked);
  let listsTaken = 0;
  const answer: Record<string, unknown> = {};
  let isNamed = false;
  for (const [name, field] of Object.entries(fields)) {
    const element = field.element?.fields;
    if (name === 'errorCode') answer[name] = code;
    else if (element !== undefined && 'errorCode' in element === false && !hasErrors(element)) answer[name] = [];
    else if (element !== undefined) answer[name] = (lists[listsTaken++] ?? []).map((each) => structOf(element, each, code));
    else if (asked.scalar !== undefined && !isNamed && typeof asked.scalar === typeof defaultOf(field)) {
      answer[name] = asked.scalar;
      isNamed = true;
    } else answer[name] = namedIn(asked, name) ?? defaultOf(field);
  }
  return answer;
}

function hasErrors(fields: Fields): boolean {
  return Object.entries(fields).some(
    ([name, { element }]) => name === 'errorCode' || (element?.fields !== undefined && hasErrors(element.fields)),
  );
}

/** The lists of a request, each as what its elements name. */
function listsOf({ fields, values }: Asked): (readonly Asked[])[] {
  return Object.entries(fields).flatMap(([name, { kind, element }]) => {
    const list = values[name];
    if (kind !== 'array' || !Array.isArray(list) || list.length === 0) return [];
    return [list.map((each) => askedOf(element, each))];
  });
}

function askedOf(element: Field | undefined, value: unknown): Asked {
  if (element?.fields === undefined) return { fields: {}, values: {}, scalar: value };
  return { fields: element.fields, values: value as Values };
}

function namedIn({ fields, values }: Asked, name: string): unknown {
  const found = [name, ...(askedAs[name] ?? [])].find((each) => each in values && fields[each]?.kind !== 'array');
  return found === undefined ? undefined : values[found];
}
