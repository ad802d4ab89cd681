import type { OutgoingMessage } from '@nagare/client';
import type { ProduceOptions } from '../commands/produce.ts';
import { UsageError } from '../usage-error.ts';

type LineOptions = Pick<ProduceOptions, 'key' | 'keySeparator' | 'header' | 'partition' | 'emptyIsNull'>;

/** How a line becomes a record: by the separator, else with the fixed key or none. */
export function lineParser(options: LineOptions): (line: Buffer) => OutgoingMessage {
  const { key, keySeparator, header = [], partition, emptyIsNull } = options;
  if (key !== undefined && keySeparator !== undefined)
    throw new UsageError('--key and --key-separator exclude each other');
  if (keySeparator === '') throw new UsageError('--key-separator must not be empty');
  const separator = keySeparator === undefined ? undefined : Buffer.from(keySeparator);
  const fixedKey = key === undefined ? null : Buffer.from(key);
  const rest = {
    ...(header.length === 0 ? {} : { headers: header.map(headerOf) }),
    ...(partition === undefined ? {} : { partition }),
  };
  return (line) => {
    const at = separator === undefined ? -1 : line.indexOf(separator);
    const value = at < 0 || separator === undefined ? line : line.subarray(at + separator.length);
    return {
      key: at < 0 ? fixedKey : line.subarray(0, at),
      value: emptyIsNull && value.length === 0 ? null : value,
      ...rest,
    };
  };
}

function headerOf(text: string): { readonly key: string; readonly value: Buffer } {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`--header must look like name=value, got ${JSON.stringify(text)}`);
  return { key: text.slice(0, at), value: Buffer.from(text.slice(at + 1)) };
}
