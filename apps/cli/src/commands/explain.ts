import type { ScopeRule } from '@coffer/core';
import { exclusionOf } from '../absence.ts';
import type { CommandRun } from '../command.ts';
import { placeOfComponent, resourcesPathsOf } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { placesOfScopes } from '../places.ts';
import { lines, visible } from '../text.ts';

const REASONS: { readonly [Rule in ScopeRule]: string } = {
  no_scope: 'no scope names this store, so every secret of it may be read',
  allowed_list: 'allowedSecrets of the store names the secret',
  not_in_allowed_list: 'the store has allowedSecrets, and the secret is not one of them',
  denied_list: 'deniedSecrets of the store names the secret',
  default_allow: 'no list of the store names the secret, and defaultAccess is allow',
  default_deny: 'no list of the store names the secret, and defaultAccess is deny',
};

/** May the application read a secret: by which rule, written where. Asks no store. Exits as `get` would: 77 when denied. */
export const run: CommandRun = async (input, context) => {
  const { decideScope, loadConfiguration, logNameOf, prepareScopes, readComponents } = await import('@coffer/core');
  const [store, secret] = input.arguments as [string, string];
  const { common, environment, paint } = context;
  const { configuration } = await loadConfiguration(common.configurationFiles, environment);
  const { components } = await readComponents(await resourcesPathsOf(context));

  const { allowed: inScope, rule } = decideScope(prepareScopes(configuration.secretScopes), store, secret);
  const index = configuration.secretScopes.findIndex(({ storeName }) => storeName === store);
  const place = index < 0 ? undefined : (await placesOfScopes(common.configurationFiles))[index];
  const component = components.find(({ name }) => name === store);
  const rules = { appId: common.appId, namespace: environment.NAMESPACE ?? '', denied: configuration.deniedComponents };
  const exclusion = component && exclusionOf(component, rules);
  const isStore = component?.type.startsWith('secretstores.') === true;
  const absent =
    component === undefined ? 'no component has this name' : isStore ? exclusion?.reason : 'it is not a secret store';
  const allowed = inScope && absent === undefined;

  const where = place ? `${place.file}:${place.line}:${place.column}` : undefined;
  const answer = allowed ? paint('green', 'yes') : paint('red', 'no');
  const texts = [
    `${answer}: ${visible(common.appId)} ${allowed ? 'may' : 'may not'} read ${visible(secret)} of ${visible(store)}`,
    `  rule   ${rule}: ${REASONS[rule]}`,
    `  from   ${where ?? (common.configurationFiles.join(', ') || 'no Configuration was given (--config)')}`,
    `  store  ${component ? `${visible(logNameOf(component))} of ${placeOfComponent(component)}` : 'none'}${absent === undefined ? '' : `, not served: ${absent}`}`,
  ];
  return {
    data: {
      allowed,
      rule,
      reason: absent ?? REASONS[rule],
      appId: common.appId,
      store,
      secret,
      scope: place ?? null,
      component: component
        ? { type: component.type, version: component.version, file: component.source.file, line: component.source.line }
        : null,
    },
    text: lines(texts),
    exitCode: allowed ? 0 : !inScope ? EXIT_CODES.permission_denied : EXIT_CODES.not_found,
  };
};
