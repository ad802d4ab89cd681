/** Bytes are base64, and whole numbers that JSON has no place for are texts. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'bigint') return String(part);
    const { type, data } = (part ?? {}) as { readonly type?: unknown; readonly data?: unknown };
    return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data).toString('base64') : part;
  });
}
