const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/**
 * Reads Java's .properties syntax: `key=value`, `key: value` or `key value`; `#` and `!` begin comment lines; a line that
 * ends in an odd number of backslashes goes on in the next; `\n`, `\t`, `\uXXXX` and escaped separators are understood. A
 * key given twice keeps its last value.
 *
 * @throws {SyntaxError} When `\u` is not followed by four hexadecimal digits.
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const end = keyEnd(line);
    const value = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
    properties.set(withoutEscapes(line.slice(0, end)), withoutEscapes(value));
  }
  return properties;
}

/** Lines without comments and blanks, with continuations joined. */
function* logicalLines(text: string): Generator<string> {
  let joined: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const content = line.replace(/^[ \t\f]+/, '');
    if (joined === undefined && /^($|[#!])/.test(content)) continue;
    const whole: string = (joined ?? '') + content;
    const isContinued = (/\\*$/.exec(content)?.[0].length ?? 0) % 2 === 1;
    joined = isContinued ? whole.slice(0, -1) : undefined;
    if (!isContinued) yield whole;
  }
  if (joined !== undefined) yield joined;
}

/** Where the key ends: at the first separator that no backslash escapes. */
function keyEnd(line: string): number {
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (/[=: \t\f]/.test(line[at] as string)) return at;
  }
  return line.length;
}

function withoutEscapes(text: string): string {
  return text.replace(/\\(?:u([\s\S]{0,4})|([\s\S]))/g, (_, unicode: string | undefined, letter: string) => {
    if (unicode === undefined) return escapes[letter] ?? letter;
    if (!/^[0-9a-fA-F]{4}$/.test(unicode)) throw new SyntaxError(`\\u needs four hexadecimal digits, got ${unicode}`);
    return String.fromCharCode(Number.parseInt(unicode, 16));
  });
}
