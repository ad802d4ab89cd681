import type { KafkaTool } from '../../tools/kafka-tool.ts';
import type { ToolsVersion } from '../../tools/tool-host.ts';

/** One command line of a transcript. */
export interface Command {
  /**
   * A tool's name and its arguments. `{dir}` stands for the folder with the command's files, `{bootstrap}` for the
   * broker's address, which is put behind the tool's name as `--bootstrap-server` when the line does not have it.
   */
  readonly line: string;
  readonly input?: string;
  /** Files in `{dir}`, by their names. They stay there for the commands that follow. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** The one version of the tools that has the command. */
  readonly only?: ToolsVersion;
}

/** What a command line starts with: a tool of Kafka's, or the scene that our host of the tools sets. */
export type CommandTool = KafkaTool | 'scene';

/** Command lines that need nothing else. */
export function lines(text: string): Command[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => ({ line }));
}

/** Command lines that only the newer tools have. */
export function newer(text: string): Command[] {
  return lines(text).map((command) => ({ ...command, only: '4.3.1' }));
}

/** The tool and the arguments of a command line for a broker. Quotes hold an argument with spaces together. */
export function parseLine(
  { line }: Command,
  place: { readonly bootstrap: string; readonly dir: string },
): { readonly tool: CommandTool; readonly args: readonly string[] } {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
  const [tool = '', ...rest] = words;
  const args = line.includes('{bootstrap}') ? rest : ['--bootstrap-server', '{bootstrap}', ...rest];
  const filled = args.map((arg) => arg.replace('{bootstrap}', place.bootstrap).replace('{dir}', place.dir));
  return { tool: tool as CommandTool, args: filled };
}
