/** Shows how far a run is: in place on a terminal, a line now and then elsewhere. */
export class Progress implements Disposable {
  readonly #isTerminal = process.stderr.isTTY === true;
  readonly #intervalMs = this.#isTerminal ? 200 : 1_000;
  #lastMs = Date.now();

  show(text: string): void {
    const nowMs = Date.now();
    if (nowMs - this.#lastMs < this.#intervalMs) return;
    this.#lastMs = nowMs;
    process.stderr.write(this.#isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
  }
}
