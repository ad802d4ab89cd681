import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import type { Commands } from '../driver.ts';

type Answers = {
  readonly [Name in keyof Commands]?: (
    ask: Parameters<Commands[Name]>[0],
  ) => Promise<ReturnType<Commands[Name]>> | Promise<void>;
};

/** Answers commands, one line of JSON each; see ../driver.ts. */
export async function serve(commands: Answers): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const { command, ...ask } = JSON.parse(line) as { command: keyof Commands };
    let answer: unknown;
    try {
      answer = (await commands[command]?.(ask as never)) ?? {};
    } catch (error) {
      console.error(inspect(error, { depth: 8 }));
      answer = { failed: String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
