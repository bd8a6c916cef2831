import { expectTypeOf, test } from 'vitest';
import type { MetadataOf } from './metadata.ts';
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
  }>();
});
