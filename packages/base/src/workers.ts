/** A thread to be started. */
export interface WorkerStart {
  /** The module that it runs. */
  readonly module: URL;
  /** What {@link WorkerSelf.data} gives in the thread: a structured clone. */
  readonly data: unknown;
  /** What debuggers call it. */
  readonly name: string;
  /** Arguments of Node for the thread. Default: those of this process. */
  readonly execArgv?: readonly string[];
  readonly onMessage: (message: unknown) => void;
  /** The last call: the thread is gone. With what it threw and nobody caught, if that has ended it. */
  readonly onEnd: (error: unknown) => void;
}

/** A thread of this process with a heap and an event loop of its own, as whoever started it sees it. */
export interface WorkerHandle {
  /** Sends a structured clone, which arrives unless the thread ends before. Throws a `DataCloneError` for what has none. */
  post(message: unknown): void;
  /** Ends the thread wherever it is, in the middle of a function too; `onEnd` tells when it is gone. */
  terminate(): void;
}

/** Starts threads. */
export interface Workers {
  start(options: WorkerStart): WorkerHandle;
}

/** A thread as it sees itself. */
export interface WorkerSelf {
  readonly data: unknown;
  /** Imports the module of a URL as the program would that has started the thread, TypeScript too where it is run so. */
  load(module: string): Promise<unknown>;
  /** Sends a structured clone to whoever started it. */
  post(message: unknown): void;
  /** Hears messages from here on, with those that came before. */
  listen(onMessage: (message: unknown) => void): void;
}
