/** Below this, a copy costs less than one more piece in a system call. */
const smallBytes = 512;

/** The same bytes in fewer pieces: neighbours that are small are copied into one. */
export function joinSmall(chunks: readonly Buffer[]): readonly Buffer[] {
  if (chunks.length < 2) return chunks;
  const joined: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < chunks.length; at += 1) {
    const chunk = chunks[at] as Buffer;
    if (chunk.length < smallBytes) continue;
    pushJoined(joined, chunks, from, at);
    joined.push(chunk);
    from = at + 1;
  }
  pushJoined(joined, chunks, from, chunks.length);
  return joined;
}

function pushJoined(joined: Buffer[], chunks: readonly Buffer[], from: number, end: number): void {
  if (end - from > 1) joined.push(Buffer.concat(chunks.slice(from, end)));
  else if (end > from) joined.push(chunks[from] as Buffer);
}
