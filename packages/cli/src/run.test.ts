import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProgram } from './program.ts';
import { run } from './run.ts';

let stdout = '';
let stderr = '';

beforeEach(() => {
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('help', () => {
  const pathsOf = (command = createProgram(), path: readonly string[] = []): string[][] => [
    [...path],
    ...command.commands.flatMap((each) => pathsOf(each, [...path, each.name()])),
  ];

  test.each(pathsOf().map((path) => [path.join(' '), path] as const))('explains nagare %s', async (_, path) => {
    expect(await run([...path, '--help'])).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Usage: nagare/);
    await expect(stdout).toMatchFileSnapshot(`help/${['nagare', ...path].join('-')}.txt`);
  });

  test('goes to standard error, with exit code 2, when no command is given', async () => {
    expect(await run([])).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Usage: nagare/);
  });
});

test('the version is that of the package', async () => {
  expect(await run(['--version'])).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe('wrong usage is one line on standard error, and exit code 2', () => {
  test.each([
    [['brokr'], "nagare: unknown command 'brokr' (Did you mean broker?)"],
    [['broker', '--lisen', 'x'], "nagare: unknown option '--lisen' (Did you mean --listen?)"],
    [['broker', '--listen', '9092'], 'nagare: --listen must look like HOST:PORT, got "9092"'],
    [['broker', '--memory', '--data', 'x'], 'nagare: --memory keeps no files: leave out --data'],
    [
      ['broker', '--set', 'x'],
      "nagare: option '--set <name=value>' argument 'x' is invalid. It must look like name=value.",
    ],
    [
      ['broker', '--config', 'absent.properties'],
      "nagare: cannot read the settings: ENOENT: no such file or directory, open 'absent.properties'",
    ],
    [
      ['broker', '--memory', '--set', 'num.partition=3'],
      'nagare: The broker has no such setting (num.partition; did you mean num.partitions?) [NAGARE_BROKER_SETTING_UNKNOWN]',
    ],
    [
      // A folder below a file cannot be made by anyone, whatever their rights are.
      ['broker', '--listen', '127.0.0.1:0', '--data', `${import.meta.filename}/data`],
      `nagare: The data directory cannot be written (${import.meta.filename}/data) [NAGARE_BROKER_DIRECTORY_NOT_WRITABLE]`,
    ],
    [['topics', 'create'], "nagare: missing required argument 'topic'"],
    [
      ['topics', 'create', 'a', '-p', '0'],
      "nagare: option '-p, --partitions <count>' argument '0' is invalid. It must be a whole number, 1 or more.",
    ],
    [['topics', 'alter', 'a'], 'nagare: nothing to alter: give --partitions, --config or --delete-config'],
    [
      ['topics', 'list', '--output', 'xml'],
      "nagare: option '--output <format>' argument 'xml' is invalid. Allowed choices are table, json.",
    ],
    [['topics', 'list', '-b', 'nowhere'], 'nagare: brokers must look like host:port, got "nowhere"'],
    [['consume', 'a', '-f', '%q'], 'nagare: format has no token %q: "%q"'],
    [['consume', 'a', '-o', '3'], 'nagare: --offset needs one topic and --partition'],
    [
      ['consume', 'a', '-g', 'g', '-p', '1'],
      'nagare: --group and --partition exclude each other: a group divides partitions itself',
    ],
    [['produce', 'a', '-k', 'k', '-K', ':'], 'nagare: --key and --key-separator exclude each other'],
    [['groups', 'reset', 'g'], "nagare: required option '-t, --topic <topic>' not specified"],
  ])('%j', async (args, line) => {
    expect(await run(args)).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(`${line}\n`);
  });
});

test('a cluster that cannot be reached is one line, and exit code 1', async () => {
  const options = ['-b', '127.0.0.1:1', '--operation-timeout', '200'];
  expect(await run(['topics', 'describe', 'a', ...options])).toBe(1);
  expect(stderr).toMatch(/^nagare: No broker could be reached \(.*\) \[NAGARE_CLIENT_NO_BROKER\]\n$/);
});
