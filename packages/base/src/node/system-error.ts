import { getSystemErrorMap } from 'node:util';

/** What Node's callbacks give: an error with the system's name for it in `code`. */
export type SystemError = Error & { readonly code?: string | undefined };

const texts = new Map(getSystemErrorMap().values());

/** The reason of a failure in words, such as `no space left on device (ENOSPC)`. */
export function reasonOf(error: SystemError): string {
  const { code } = error;
  if (code === undefined) return error.message;
  const text = texts.get(code);
  return text === undefined ? error.message : `${text} (${code})`;
}
