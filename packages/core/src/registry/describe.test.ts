import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../test/memory-store.ts';
import { decodeMetadata, type MetadataField } from '../driver/index.ts';
import { describeDefinition, settingsTable } from './describe.ts';

const describing = (metadata: Record<string, MetadataField>) =>
  describeDefinition({ ...memoryStore().definition, metadata } as never);

describe('describeDefinition', () => {
  it('is JSON, with every fact of the definition', () => {
    const { definition } = memoryStore();
    const described = describeDefinition(definition);
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    const { $type, create, ...facts } = definition;
    expect(described).toMatchObject(facts);
  });

  it('describes a setting', () => {
    const { schema } = describing({
      mode: { type: 'string', description: 'd', allowed: ['a', 'b'], default: 'a', example: 'b', deprecated: 'no' },
      token: { type: 'string', description: 'd', sensitive: true, required: true },
    });
    expect(schema).toMatchObject({
      type: 'object',
      properties: {
        mode: { type: 'string', description: 'd', enum: ['a', 'b'], default: 'a', examples: ['b'], deprecated: true },
        token: { type: 'string', minLength: 1, writeOnly: true },
      },
      required: ['token'],
    });
  });

  it('takes a required setting under any of its names', () => {
    const { schema } = describing({ projectID: { type: 'string', description: 'd', required: true, aliases: ['project_id'] } });
    expect(Object.keys(schema.properties as object)).toEqual(['projectID', 'project_id']);
    expect(schema).toMatchObject({
      required: [],
      allOf: [{ anyOf: [{ required: ['projectID'] }, { required: ['project_id'] }] }],
    });
  });

  it('lets any other setting be when the driver takes it', () => {
    const { schema } = describing({ all: { type: 'rest', description: 'd' }, url: { type: 'string', description: 'u' } });
    expect(schema).toMatchObject({ properties: { url: {} }, additionalProperties: { type: 'string', description: 'd' } });
    expect(Object.keys(schema.properties as object)).toEqual(['url']);
  });

  // The two ways to say what a setting may hold, the schema and the decoder, must not drift apart.
  const TEXTS = [
    ...[
      '',
      '0',
      '17',
      '-1',
      '+2',
      '1.5',
      '.5',
      '1.',
      '.',
      '1e3',
      '1e',
      '0x1F',
      '-0x1',
      '0b11',
      '0o17',
      'abc',
      ' 1 ',
      '1 2',
      'NaN',
    ],
    ...[
      '3s',
      '1h30m',
      '-1.5s',
      '.5s',
      '.s',
      '1.s',
      '1d',
      'PT5S',
      '5 s',
      '1µs',
      '1μs',
      '1us',
      '1ns',
      '100',
      '1Ki',
      '1ki',
      '4MB',
      '4 Mi',
    ],
    ...['1000k', '0.5Ki', '100m', '1e2', '1e2Ki', '1.2.3', 'Mi', '--1', '1M', '1Ei'],
  ];
  it.each(['number', 'duration', 'size', 'string', 'boolean', 'list'] as const)(
    '%s: accepts what the decoder accepts',
    (type) => {
      const metadata = { f: { type, description: 'd' } };
      const { pattern } = (describing(metadata).schema.properties as { f: { pattern?: string } }).f;
      for (const text of TEXTS) {
        const decodes = decodeMetadata(metadata, { f: text }).problems.every(({ severity }) => severity === 'warning');
        expect([text, pattern === undefined || new RegExp(pattern, 'u').test(text)]).toEqual([text, decodes]);
      }
    },
  );
});

describe('settingsTable', () => {
  it('says all that a user needs', () => {
    expect(
      settingsTable({
        url: { type: 'string', description: 'Where a|b\nis.', required: true },
        token: { type: 'string', description: 'Key.', sensitive: true, deprecated: 'use url', aliases: ['key'] },
        mode: { type: 'string', description: 'How.', allowed: ['a', 'b'], default: 'a' },
        prefix: { type: 'string', description: 'Front.', default: '' },
        more: { type: 'rest', description: 'Handed on.' },
      }).split('\n'),
    ).toEqual([
      '| Setting | Type | Default | Meaning |',
      '|---|---|---|---|',
      '| `url` | string | required | Where a\\|b is. |',
      '| `token` | string (secret; deprecated: use url) |  | Key. Also called `key`. |',
      '| `mode` | string | `a` | How. One of `a`, `b`. |',
      '| `prefix` | string |  | Front. |',
      '| any other | string |  | Handed on. |',
    ]);
  });
});
