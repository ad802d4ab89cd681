import { InvalidArgumentError, Option } from 'commander';

/** Reads a whole number within limits. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const limits = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number, ${limits}.`);
  };
}

/** Collects `name=value` given any number of times. */
export function assignment(text: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('It must look like name=value.');
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Collects texts given any number of times. */
export function several(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

export type OutputFormat = 'table' | 'json';

/** How a listing is printed. */
export function outputOption(): Option {
  return new Option('--output <format>', 'how to print it').choices(['table', 'json']).default('table');
}
