/** Kafka's types of settings, as DescribeConfigs names them. */
export type SettingType = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list';

export type Unit = 'ms' | 'minutes' | 'hours' | 'bytes' | 'records' | 'partitions';

declare const valueType: unique symbol;

/**
 * One setting: what parsing, defaults, DescribeConfigs and the manual know of it.
 *
 * @typeParam Value - What the text is parsed to.
 */
export interface Setting<Value = unknown> {
  readonly type: SettingType;
  /** The value when nobody sets it; null for none. */
  readonly default: SettingValue | null;
  readonly min: number;
  readonly max: number;
  /** The only texts allowed, when not every text is. */
  readonly choices: readonly string[] | undefined;
  /** What limits and choices cannot say, as the sentence that refuses a value. */
  readonly rule: Rule | undefined;
  readonly unit: Unit | undefined;
  /** One sentence for the manual and DescribeConfigs. */
  readonly text: string;
  /** Whether it can be changed while the broker runs. */
  readonly isDynamic: boolean;
  /** False for what is accepted so that existing configurations work, and changes nothing here. */
  readonly hasEffect: boolean;
  readonly [valueType]?: Value;
}

/** Says what is wrong with a value; undefined when nothing is. */
export type Rule = (value: SettingValue) => string | undefined;

export type SettingValue = boolean | string | number | readonly string[];

export type Settings = { readonly [name: string]: Setting };

/** `log.retention.ms` as a property: `logRetentionMs`. */
export type CamelCase<Name extends string> = Name extends `${infer Head}.${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The parsed values of a table, under the camel-case forms of its names. */
export type SettingValues<Table extends Settings> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]: Table[Name] extends Setting<infer Value> ? Value : never;
};

interface SettingOptions<Default> {
  readonly default: Default;
  readonly text: string;
  readonly unit?: Unit;
  readonly min?: number;
  readonly max?: number;
  readonly isDynamic?: boolean;
  readonly hasEffect?: boolean;
  readonly rule?: Rule;
}

type OrNull<Value, Default> = Default extends null ? Value | null : Value;

/** The greatest 64-bit integer, which Kafka uses for "no limit"; as a double it is 2^63. */
export const longMax = 2 ** 63;
export const intMax = 2 ** 31 - 1;

const limits = {
  int: [-(2 ** 31), intMax],
  short: [-(2 ** 15), 2 ** 15 - 1],
  long: [-longMax, longMax],
  double: [-Number.MAX_VALUE, Number.MAX_VALUE],
} as const;

function setting<Value>(
  type: SettingType,
  options: SettingOptions<SettingValue | null>,
  choices?: readonly string[],
): Setting<Value> {
  const [min, max] = type in limits ? limits[type as keyof typeof limits] : [0, 0];
  return Object.freeze({
    type,
    default: options.default,
    min: options.min ?? min,
    max: options.max ?? max,
    choices,
    rule: options.rule,
    unit: options.unit,
    text: options.text,
    isDynamic: options.isDynamic ?? false,
    hasEffect: options.hasEffect ?? true,
  });
}

const numeric =
  (type: keyof typeof limits) =>
  <Default extends number | null>(options: SettingOptions<Default>): Setting<OrNull<number, Default>> =>
    setting(type, options);

export const int = numeric('int');
export const short = numeric('short');
export const long = numeric('long');
export const double = numeric('double');

export const boolean = (options: SettingOptions<boolean>): Setting<boolean> => setting('boolean', options);

export const string = <Default extends string | null>(
  options: SettingOptions<Default>,
): Setting<OrNull<string, Default>> => setting('string', options);

export const choice = <const Choice extends string>(
  choices: readonly Choice[],
  options: SettingOptions<NoInfer<Choice>>,
): Setting<Choice> => setting('string', options, choices);

export const list = <Default extends readonly string[] | null>(
  options: SettingOptions<Default>,
): Setting<OrNull<readonly string[], Default>> => setting('list', options);

export const listOf = <const Choice extends string>(
  choices: readonly Choice[],
  options: SettingOptions<readonly NoInfer<Choice>[]>,
): Setting<readonly Choice[]> => setting('list', options, choices);

/** Either the value of a text, or what is wrong with the text in Kafka's words. */
export type Parsed =
  | { readonly value: SettingValue; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: string };

/** Reads the text of a setting and checks it against the limits. */
export function parseSetting(name: string, setting: Setting, text: string): Parsed {
  const trimmed = text.trim();
  const value = parseType(setting.type, trimmed);
  const fault = value === undefined ? typeFault(setting.type) : limitFault(setting, value);
  if (value === undefined || fault !== undefined) {
    const culprit = value === undefined ? text : culpritIn(setting, value, text);
    return { fault: `Invalid value ${culprit} for configuration ${name}: ${fault}` };
  }
  return { value };
}

/** What a refusal shows: of a list with choices the first that is none of them, and a list under a rule as a whole. */
function culpritIn(setting: Setting, value: SettingValue, text: string): string {
  const isList = typeof value === 'object';
  return setting.rule !== undefined && isList ? `[${value.join(', ')}]` : (strangerIn(setting, value) ?? text);
}

/** The first text that is none of the choices. */
function strangerIn({ choices }: Setting, value: SettingValue): string | undefined {
  if (choices === undefined || typeof value === 'number' || typeof value === 'boolean') return undefined;
  return (typeof value === 'string' ? [value] : value).find((text) => !choices.includes(text));
}

function parseType(type: SettingType, text: string): SettingValue | undefined {
  switch (type) {
    case 'boolean':
      return { true: true, false: false }[text.toLowerCase()];
    case 'string':
      return text;
    case 'list':
      return text === '' ? [] : text.split(',').map((part) => part.trim());
    case 'double':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
    case 'int':
    case 'short':
    case 'long':
      return parseInteger(type, text);
  }
}

function parseInteger(type: 'int' | 'short' | 'long', text: string): number | undefined {
  if (!/^[+-]?\d{1,20}$/.test(text)) return undefined;
  const bits = { int: 32, short: 16, long: 64 }[type];
  const exact = BigInt(text.replace('+', ''));
  return BigInt.asIntN(bits, exact) === exact ? Number(exact) : undefined;
}

function typeFault(type: SettingType): string {
  return type === 'boolean'
    ? 'Expected value to be either true or false'
    : `Not a number of type ${type.toUpperCase()}`;
}

function limitFault(setting: Setting, value: SettingValue): string | undefined {
  if (setting.rule !== undefined) return setting.rule(value);
  if (typeof value === 'number') {
    if (value < setting.min) return `Value must be at least ${formatValue(setting.min)}`;
    if (value > setting.max) return `Value must be no more than ${formatValue(setting.max)}`;
    return undefined;
  }
  const { choices } = setting;
  if (choices === undefined || typeof value === 'boolean') return undefined;
  return strangerIn(setting, value) === undefined ? undefined : `String must be one of: ${choices.join(', ')}`;
}

/** The text of a value as Kafka writes it; null stays null. */
export function formatValue(value: SettingValue): string;
export function formatValue(value: SettingValue | null): string | null;
export function formatValue(value: SettingValue | null): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return value.join(',');
  if (Math.abs(value) < longMax) return String(value);
  return value > 0 ? '9223372036854775807' : '-9223372036854775808';
}

/** The property name of a dotted name. */
export function camelCase<Name extends string>(name: Name): CamelCase<Name> {
  return name.replace(/\.([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) as CamelCase<Name>;
}
