import { builtinModules } from 'node:module';
import { OFFICIAL_TYPES } from './facts.ts';

/** What a driver is called in the places where it has a name. */
export interface DriverNames {
  /** Of its npm package: `coffer-store-acme`, `@acme/coffer-store`. */
  readonly package: string;
  /** Component type: `secretstores.acme`. */
  readonly type: `secretstores.${string}`;
  /** For people: `Acme`. */
  readonly title: string;
  /** What of the package's name is its own: `acme`. */
  readonly short: string;
  /** Begins the names of classes: `Acme`. */
  readonly identifier: string;
}

/** Something that the user gave can't be used. The message says what, the hint what to give instead. */
export class UnusableInput extends Error {
  override readonly name = 'UnusableInput';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

export interface GivenNames {
  readonly package: string;
  /** By default made of the package's name. */
  readonly type?: string | undefined;
  readonly title?: string | undefined;
}

/** The names of a driver, from those given; its type is none of those `taken`. Fails with `UnusableInput`. */
export function driverNames(given: GivenNames, taken: Readonly<Record<string, string>> = OFFICIAL_TYPES): DriverNames {
  checkPackageName(given.package);
  const short = shortNameOf(given.package);
  const type = given.type ?? defaultType(given.package);
  checkType(type, taken);
  const title = given.title ?? defaultTitle(given.package);
  checkTitle(title);
  return { package: given.package, type, title, short, identifier: identifierOf(short) };
}

/** `secretstores.acme-cloud` of `coffer-store-acme-cloud`. */
export function defaultType(packageName: string): string {
  return `secretstores.${shortNameOf(packageName)}`;
}

/** `Acme Cloud` of `coffer-store-acme-cloud`. */
export function defaultTitle(packageName: string): string {
  return wordsOf(shortNameOf(packageName)).map(capitalised).join(' ');
}

const PACKAGE_NAME = /^(?:@[a-z0-9-][a-z0-9._-]*\/)?[a-z0-9-][a-z0-9._-]*$/;
const RESERVED = new Set([...builtinModules, 'node_modules', 'favicon.ico']);
const LONGEST_PACKAGE_NAME = 214;
/** Classes are called by it. */
const LONGEST_OWN_PART = 40;

/** What npm's registry takes for a new package, and no more. */
export function checkPackageName(name: string): void {
  const refuse = (why: string): never => {
    throw new UnusableInput(`${JSON.stringify(name)} is no name for a package: ${why}`, 'such as coffer-store-acme');
  };
  if (name === '') refuse('it is empty');
  if (name.length > LONGEST_PACKAGE_NAME) refuse(`npm takes ${LONGEST_PACKAGE_NAME} characters at most`);
  if (name !== name.toLowerCase()) refuse('npm takes lower case only');
  if (/^[._]/.test(name.slice(name.indexOf('/') + 1))) refuse('npm takes none that begins with a dot or an underscore');
  if (!PACKAGE_NAME.test(name)) refuse('npm takes letters, digits, "-", "." and "_", after a scope if need be');
  if (RESERVED.has(name)) refuse('Node or npm uses it');
  const { length } = shortNameOf(name);
  if (length === 0) refuse('it does not say what the driver is for');
  if (length > LONGEST_OWN_PART) refuse(`its own part is longer than ${LONGEST_OWN_PART} characters`);
}

const TYPE = /^secretstores(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+$/;

/** A component type of one's own. Those of the drivers in `taken` are refused. */
export function checkType(
  type: string,
  taken: Readonly<Record<string, string>> = OFFICIAL_TYPES,
): asserts type is DriverNames['type'] {
  if (!TYPE.test(type)) {
    throw new UnusableInput(
      `${JSON.stringify(type)} is no component type`,
      'begin with "secretstores." and go on in lower case, with letters, digits, "-" and ".": secretstores.acme',
    );
  }
  if (Object.hasOwn(taken, type)) {
    throw new UnusableInput(`${type} is the type of ${taken[type]}`, 'choose another, such as one that begins with your name');
  }
}

// It stands in TypeScript, JSON, YAML and Markdown as it is.
const TITLE = /^[\p{L}\p{N}](?:[\p{L}\p{N} .,&()+/-]{0,58}[\p{L}\p{N})+.])?$/u;

export function checkTitle(title: string): void {
  if (TITLE.test(title)) return;
  throw new UnusableInput(
    `${JSON.stringify(title)} is no title`,
    'up to 60 letters, digits, spaces and ".,&()+/-", beginning with a letter or a digit: Acme Cloud',
  );
}

/** What of a package's name is its own: `acme` of `coffer-store-acme`, `@coffer/store-acme` and `@acme/coffer-store`. */
function shortNameOf(packageName: string): string {
  const [, scope = '', name = ''] = /^(?:@([^/]*)\/)?(.*)$/.exec(packageName) ?? [];
  const own = wordsOf(name).filter((word, at, all) => !(at < 2 && isOurs(word, all[at - 1])));
  return (own.length > 0 ? own : wordsOf(scope)).join('-').toLowerCase();
}

/** Words with which the names of drivers begin: `coffer`, `store`, `coffer-store`, `coffer-driver`. */
function isOurs(word: string, before: string | undefined): boolean {
  if (word === 'coffer') return before === undefined;
  return (word === 'store' || word === 'driver') && (before === undefined || before === 'coffer');
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** No identifier begins with a digit. */
function identifierOf(short: string): string {
  const name = wordsOf(short).map(capitalised).join('');
  return /^\d/.test(name) ? `The${name}` : name;
}
