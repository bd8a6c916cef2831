import { type MetadataProblem, Redacted } from '@coffer/core/driver';
import { type LoginMetadata, loginMetadata } from './metadata.ts';

/** What the check looks at: the settings of the login, and those of the store that a method needs. */
export type CheckedSettings = LoginMetadata & {
  readonly vaultToken: unknown;
  readonly vaultTokenMountPath: string | undefined;
  readonly clientCert: string | undefined;
};

type Method = LoginMetadata['vaultAuthMethod'];
type Setting = keyof CheckedSettings;

interface MethodSettings {
  /** One of each group must be given. */
  readonly needs: readonly (readonly Setting[])[];
  /** Those of one group exclude each other. */
  readonly either: readonly (readonly Setting[])[];
  readonly takes: readonly Setting[];
}

const SECRET_ID: readonly Setting[] = ['vaultSecretId', 'vaultSecretIdPath'];
const JWT: readonly Setting[] = ['vaultJwt', 'vaultJwtPath'];
const PASSWORD: readonly Setting[] = ['vaultPassword', 'vaultPasswordPath'];

const METHODS: Readonly<Record<Exclude<Method, 'token'>, MethodSettings>> = {
  approle: { needs: [['vaultRoleId']], either: [SECRET_ID], takes: ['vaultRoleId', ...SECRET_ID, 'vaultSecretIdWrapped'] },
  kubernetes: { needs: [['vaultRole']], either: [], takes: ['vaultRole', 'vaultJwtPath'] },
  jwt: { needs: [JWT], either: [JWT], takes: ['vaultRole', ...JWT] },
  userpass: { needs: [['vaultUsername'], PASSWORD], either: [PASSWORD], takes: ['vaultUsername', ...PASSWORD] },
  aws: { needs: [], either: [], takes: ['vaultRole', 'vaultAwsRegion', 'vaultAwsServerId'] },
  cert: { needs: [['clientCert']], either: [], takes: ['vaultRole'] },
};
const OF_ALL: readonly Setting[] = ['vaultAuthMethod', 'vaultAuthMountPath', 'vaultAuthNamespace'];
const TOKEN: readonly Setting[] = ['vaultToken', 'vaultTokenMountPath', 'vaultTokenWrapped'];

/** What is wrong with the settings of the login taken together. The texts about the token alone are the reference's. */
export function checkLogin(settings: CheckedSettings): readonly MetadataProblem[] {
  if (isGiven(settings, 'vaultToken') && isGiven(settings, 'vaultTokenMountPath')) {
    return [error('vaultToken', 'token mount path and token both set', 'keep one of vaultToken and vaultTokenMountPath')];
  }
  const method = settings.vaultAuthMethod;
  const problems = method === 'token' ? tokenProblems(settings) : methodProblems(settings, method);
  return [...problems, ...pathProblems(settings)];
}

function tokenProblems(settings: CheckedSettings): readonly MetadataProblem[] {
  const strangers = Object.keys(loginMetadata).filter((name): name is Setting => !TOKEN.includes(name as Setting));
  const others = strangers.filter((name) => name !== 'vaultAuthMethod' && isGiven(settings, name));
  const given = (['vaultToken', 'vaultTokenMountPath'] as const).find((name) => isGiven(settings, name));
  if (given === undefined) {
    const method = methodOf(others[0]);
    const hint =
      method === undefined
        ? 'set vaultToken, vaultTokenMountPath, or vaultAuthMethod to log in'
        : `set vaultAuthMethod: ${method}`;
    return [error('vaultToken', 'token mount path and token not set', hint)];
  }
  return others.map((name) => {
    const method = methodOf(name);
    const login = method === undefined ? 'a login' : `vaultAuthMethod: ${method}`;
    return doubt(name, `setting ${name} has no use with a token`, `remove it; or, for ${login}, remove ${given}`);
  });
}

function methodProblems(settings: CheckedSettings, method: Exclude<Method, 'token'>): readonly MetadataProblem[] {
  const { needs, either, takes } = METHODS[method];
  const problems: MetadataProblem[] = [];
  for (const name of TOKEN.filter((name) => isGiven(settings, name))) {
    const hint = `remove it, or write vaultAuthMethod: token`;
    problems.push(doubt(name, `setting ${name} and vaultAuthMethod: ${method} are both set`, hint));
  }
  const strangers = Object.keys(loginMetadata) as Setting[];
  for (const name of strangers) {
    if (!isGiven(settings, name) || [...takes, ...OF_ALL, ...TOKEN].includes(name)) continue;
    problems.push(doubt(name, `setting ${name} has no use with vaultAuthMethod: ${method}`, hintFor(name, method)));
  }
  for (const group of needs) {
    if (group.some((name) => isGiven(settings, name))) continue;
    const [name = 'vaultAuthMethod'] = group;
    problems.push(doubt(name, `vaultAuthMethod: ${method} needs ${group.join(' or ')}`, `set ${group.join(' or ')}`));
  }
  for (const group of either) {
    const given = group.filter((name) => isGiven(settings, name));
    if (given.length > 1)
      problems.push(doubt(given[0] as Setting, `settings ${given.join(' and ')} are both set`, 'keep one of them'));
  }
  if (isGiven(settings, 'vaultSecretIdWrapped') && !SECRET_ID.some((name) => isGiven(settings, name))) {
    const hint = `set ${SECRET_ID.join(' or ')} to the wrapping token`;
    problems.push(doubt('vaultSecretIdWrapped', 'setting vaultSecretIdWrapped has nothing to unwrap', hint));
  }
  return problems;
}

function pathProblems(settings: CheckedSettings): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  const mount = settings.vaultAuthMountPath?.replace(/^\/+|\/+$/g, '');
  if (mount?.startsWith('auth/')) {
    const hint = `write ${mount.slice('auth/'.length)}`;
    problems.push(doubt('vaultAuthMountPath', 'setting vaultAuthMountPath is below auth/ already', hint));
  } else if (mount?.split('/').some((segment) => segment === '.' || segment === '..' || (segment === '' && mount !== ''))) {
    problems.push(
      doubt('vaultAuthMountPath', 'setting vaultAuthMountPath is no mount path', 'write it as `vault auth list` shows it'),
    );
  }
  if (settings.vaultUsername?.match(/^\.{1,2}$|\//)) {
    problems.push(doubt('vaultUsername', 'setting vaultUsername is no name of a user', 'names hold no slash'));
  }
  return problems;
}

/** The one method that takes the setting; none when it is several'. */
function methodOf(name: Setting | undefined): string | undefined {
  const methods = Object.entries(METHODS).filter(([, { takes }]) => name !== undefined && takes.includes(name));
  return methods.length === 1 ? methods[0]?.[0] : undefined;
}

function hintFor(name: Setting, method: Method): string {
  if (name === 'vaultRole' && method === 'approle') return 'roles of approle are named by vaultRoleId';
  if (name === 'vaultJwt' && method === 'kubernetes') return 'tokens of service accounts expire: use vaultJwtPath';
  const other = methodOf(name);
  return other === undefined ? 'remove it' : `remove it, or write vaultAuthMethod: ${other}`;
}

/** An empty text and a switch that is off count as absent. */
function isGiven(settings: CheckedSettings, name: Setting): boolean {
  const setting = settings[name];
  const value: unknown = setting instanceof Redacted ? setting.reveal() : setting;
  return value !== undefined && value !== '' && value !== false;
}

function error(name: string, message: string, hint: string): MetadataProblem {
  return { severity: 'error', name, message, hint };
}

/** A mistake in settings that the reference has not: refused, and passed over where it is followed to the letter. */
function doubt(name: string, message: string, hint: string): MetadataProblem {
  return { severity: 'warning', name, message, hint, doubtful: true };
}
