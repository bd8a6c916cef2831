import { checkSettings, type MetadataField, Redacted } from '@coffer/core/driver';
import type { Exercise } from '../exercise.ts';
import { quoted } from '../expect.ts';
import { documentedComponents, readmeOf } from '../packing/documentation.ts';

/** A setting of such a name holds a credential. */
const CREDENTIAL = /(password|passphrase|token|secret|secret_?key|private_?key|api_?key|client_?key|jwt)$/i;

export const settings: Exercise = {
  name: 'settings',
  title: 'documents its settings, and refuses those that can’t work',
  checks: [
    {
      name: 'documents every setting, every request metadata field and an unfinished status in README.md',
      run: async ({ definition, testBed, fail }) => {
        const readme = await readmeOf(testBed.package);
        const { metadata, requestMetadata, status } = definition;
        const settingNames = Object.entries(metadata).flatMap(([name, { type }]) => (type === 'rest' ? [] : [name]));
        const missing = [...settingNames, ...requestMetadata.map(({ name }) => name)].filter(
          (name) => !readme.includes(`\`${name}\``),
        );
        if (missing.length > 0) fail(`README.md does not mention ${quoted(missing)}, in backquotes`);
        if (status !== 'stable' && !new RegExp(`\\b${status}\\b`, 'i').test(readme))
          fail(`README.md does not say that it is ${status}`);
      },
    },
    {
      name: 'documents components with settings that it takes',
      run: async ({ definition, testBed, fail, skip }) => {
        const documented = (await documentedComponents(testBed.package)).filter(
          ({ type }) => type.toLowerCase() === definition.type,
        );
        if (documented.length === 0) skip('neither README.md nor examples/ has a component of this type');
        for (const { place, properties } of documented) {
          const { metadata } = definition;
          const given = properties.map(({ name, value }) => [name, value ?? standInFor(metadata[name])] as const);
          const { problems } = checkSettings(definition, Object.fromEntries(given), 'refused');
          const wrong = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
          if (wrong.length > 0) fail(`the component in ${place}: ${wrong.join('; ')}`);
        }
      },
    },
    {
      name: 'refuses a component without a required setting, and names it',
      run: async (context) => {
        const { definition, backend } = context;
        for (const [name, { required, aliases = [] }] of Object.entries(definition.metadata)) {
          if (!required) continue;
          const spellings = new Set([name, ...aliases].map((spelling) => spelling.toLowerCase()));
          const others = Object.entries(backend.settings).filter(([each]) => !spellings.has(each.toLowerCase()));
          const { problems } = checkSettings(definition, Object.fromEntries(others), 'refused');
          const found = problems.find((problem) => problem.severity === 'error' && problem.name === name);
          if (found === undefined) context.fail(`a component without the required setting ${name} is not refused`);
        }
      },
    },
    {
      name: 'declares credentials as sensitive, so that they arrive wrapped',
      run: async (context) => {
        const { metadata } = context.definition;
        const open = Object.entries(metadata).filter(
          ([name, { type, sensitive }]) => CREDENTIAL.test(name) && type === 'string' && !sensitive,
        );
        if (open.length > 0)
          context.fail(`${quoted(open.map(([name]) => name))} would be printed and logged: declare sensitive: true`);
        const decoded = context.initContext().metadata as Record<string, unknown>;
        for (const [name, { sensitive }] of Object.entries(metadata)) {
          if (sensitive && decoded[name] !== undefined && !(decoded[name] instanceof Redacted)) {
            context.fail(`the sensitive setting ${name} arrives as plain text`);
          }
        }
      },
    },
    {
      name: 'has defaults, examples and allowed values that it takes itself',
      run: async ({ definition, fail }) => {
        for (const [name, field] of Object.entries(definition.metadata)) {
          if (field.type === 'rest') continue;
          const own = { metadata: { [name]: { ...field, required: false } } };
          for (const text of [field.default, field.example, ...(field.allowed ?? [])]) {
            if (text === undefined) continue;
            const [problem] = checkSettings(own, { [name]: text }, 'refused').problems.filter(
              ({ severity }) => severity === 'error',
            );
            if (problem !== undefined) fail(`a default, example or allowed value of ${name} is refused: ${problem.message}`);
          }
        }
      },
    },
    {
      name: 'refuses settings that can’t work when they are checked',
      run: async (context) => {
        const wrong = context.backend.brokenSettings?.filter(({ at }) => at === 'check') ?? [];
        if (wrong.length === 0) context.skip('the test bed has no settings that a check of them refuses');
        for (const { what, settings: given } of wrong) {
          const { problems } = checkSettings(context.definition, given, 'refused');
          const refused = problems.some(({ severity }) => severity === 'error');
          if (!refused) context.fail(`settings with ${what} are not refused when they are checked`);
        }
      },
    },
  ],
};

/** Of a setting that comes from a secret. */
function standInFor(field: MetadataField | undefined): string {
  if (field?.allowed?.[0] !== undefined) return field.allowed[0];
  return STAND_INS[field?.type ?? 'string'] ?? 'x';
}

const STAND_INS: Partial<Record<MetadataField['type'], string>> = { boolean: 'true', number: '1', duration: '1s', size: '1' };
