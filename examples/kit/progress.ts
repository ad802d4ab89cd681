/** Shows how far a run is: in place on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #intervalMs = process.stderr.isTTY ? 200 : 1_000;
  #lastMs = 0;

  show(text: string): void {
    const nowMs = Date.now();
    if (nowMs - this.#lastMs < this.#intervalMs) return;
    this.#lastMs = nowMs;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}
