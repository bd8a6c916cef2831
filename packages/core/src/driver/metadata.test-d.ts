import { expectTypeOf, test } from 'vitest';
import type { StoreDefinition } from './contract.ts';
import type { decodeMetadata } from './decode-metadata.ts';
import type { MetadataOf, MetadataSchema } from './metadata.ts';
import type { Redacted } from './redacted.ts';

const metadata = {
  url: { type: 'string', required: true, description: '' },
  region: { type: 'string', description: '' },
  mode: { type: 'string', allowed: ['a', 'b'], default: 'a', description: '' },
  token: { type: 'string', sensitive: true, required: true, description: '' },
  password: { type: 'string', sensitive: true, description: '' },
  verify: { type: 'boolean', default: 'true', description: '' },
  timeout: { type: 'duration', description: '' },
  hosts: { type: 'list', default: '', description: '' },
  others: { type: 'rest', description: '' },
} as const;

test('settings have the types that their fields say', () => {
  expectTypeOf<MetadataOf<typeof metadata>>().toEqualTypeOf<{
    readonly url: string;
    readonly region: string | undefined;
    readonly mode: 'a' | 'b';
    readonly token: Redacted<string>;
    readonly password: Redacted<string> | undefined;
    readonly verify: boolean;
    readonly timeout: number | undefined;
    readonly hosts: readonly string[];
    readonly others: Readonly<Record<string, string>>;
  }>();
});

test('a definition gives its store the settings of its schema', () => {
  type Definition = StoreDefinition<typeof metadata>;
  type Init = Awaited<ReturnType<Definition['create']>>['init'];
  expectTypeOf<Parameters<Init>[0]['metadata']>().toEqualTypeOf<MetadataOf<typeof metadata>>();
  // The registry holds definitions of any schema.
  expectTypeOf<Definition>().toExtend<StoreDefinition>();
  expectTypeOf<typeof decodeMetadata<typeof metadata>>()
    .returns.toHaveProperty('metadata')
    .toEqualTypeOf<MetadataOf<typeof metadata>>();
});

test('a schema with a field of no known type is none', () => {
  expectTypeOf<{ a: { type: 'date'; description: string } }>().not.toExtend<MetadataSchema>();
});
