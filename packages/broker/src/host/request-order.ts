/** Lets requests of one connection take effect in their order, though one of them may have to wait before it can. */
export class RequestOrder<Connection extends object> {
  readonly #last = new WeakMap<Connection, Promise<void>>();

  /**
   * Prepares and acts, after the requests before it have acted: at once, if nothing is to be waited for.
   *
   * @returns what `act` gives; the requests behind do not wait for that.
   */
  run<Prepared, Result>(
    connection: Connection,
    prepare: () => Prepared | Promise<Prepared>,
    act: (prepared: Prepared) => Result | Promise<Result>,
  ): Result | Promise<Result> {
    const before = this.#last.get(connection);
    const prepared = before === undefined ? prepare() : before.then(prepare);
    if (!(prepared instanceof Promise)) return act(prepared);
    let result: Result | Promise<Result> | undefined;
    const acted = prepared.then((ready) => {
      result = act(ready);
    });
    const settled = acted.catch(() => undefined);
    this.#last.set(connection, settled);
    void settled.then(() => {
      if (this.#last.get(connection) === settled) this.#last.delete(connection);
    });
    return acted.then(() => result as Result | Promise<Result>);
  }
}
