import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { secretTable } from '@coffer/core/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  GetBulkSecretRequestSchema,
  GetBulkSecretResponseSchema,
  GetSecretRequestSchema,
  GetSecretResponseSchema,
} from '../gen/dapr/proto/runtime/v1/secret_pb.js';
import {
  decodeGetBulkSecretRequest,
  decodeGetSecretRequest,
  encodeGetBulkSecretResponse,
  encodeGetSecretResponse,
} from './secret-messages.ts';

// What is written by hand must read and write as the library does that the proto files are compiled for.

const text = fc.string({ unit: 'binary', maxLength: 20 });
const map = fc.dictionary(fc.oneof(text, fc.constant('__proto__'), fc.constant('constructor')), text, { noNullPrototype: false });
const entriesOf = (table: object): [string, unknown][] => Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));

describe('requests', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(text, text, map, (storeName, key, metadata) => {
        const one = decodeGetSecretRequest(
          toBinary(GetSecretRequestSchema, create(GetSecretRequestSchema, { storeName, key, metadata })),
        );
        expect([one.store, one.name, entriesOf(one.metadata)]).toEqual([storeName, key, entriesOf(metadata)]);
        const bulk = decodeGetBulkSecretRequest(
          toBinary(GetBulkSecretRequestSchema, create(GetBulkSecretRequestSchema, { storeName, metadata })),
        );
        expect([bulk.store, bulk.name, entriesOf(bulk.metadata)]).toEqual([storeName, '', entriesOf(metadata)]);
      }),
    );
  });

  const content = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 5 }).map((value) => Buffer.from(value)),
    fc.uint8Array({ maxLength: 3 }).map((value) => Buffer.from(value)),
  );
  const delimited = (field: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([field * 8 + 2, value.length]), value]);
  const known = fc.tuple(fc.constantFrom(1, 2), content).map(([field, value]) => delimited(field, value));
  /** Fields that the messages do not have, of every wire type. */
  const unknown = fc
    .constantFrom('20ff01', '210000000000000000', '220161', '2308012b15010203042c24', '23082a24', '2500000000')
    .map((hex) => Buffer.from(hex, 'hex'));
  const entry = fc.array(fc.oneof(known, unknown), { maxLength: 4 }).map((fields) => delimited(3, Buffer.concat(fields)));
  const fields = fc.array(fc.oneof(known, unknown, entry), { maxLength: 6 }).map((parts) => Buffer.concat(parts));
  const bytes = fc.tuple(fields, fc.nat()).map(([all, cut]) => (cut % 3 === 0 ? all.subarray(0, cut % (all.length + 1)) : all));

  it('are read as the library reads them, also when they are cut off or not UTF-8', () => {
    const attempt = (read: () => unknown): unknown => {
      try {
        return read();
      } catch {
        return 'failed';
      }
    };
    let read = 0;
    fc.assert(
      fc.property(bytes, (message) => {
        const expected = attempt(() => {
          const { storeName, key, metadata } = fromBinary(GetSecretRequestSchema, message);
          return [storeName, key, entriesOf(metadata)];
        });
        const actual = attempt(() => {
          const { store, name, metadata } = decodeGetSecretRequest(message);
          return [store, name, entriesOf(metadata)];
        });
        if (expected !== 'failed') read++;
        expect(actual).toEqual(expected);
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(500);
  });

  it('skip what they do not know', () => {
    const unknown = Buffer.from('b80601' + 'b1060000000000000000' + 'b506000000ff' + 'ba060161' + '330801340a0165', 'hex');
    expect(decodeGetSecretRequest(unknown)).toMatchObject({ store: 'e', name: '' });
  });

  it.each([
    ['a string that is not UTF-8', '0a01ff'],
    ['a name of the metadata that is not UTF-8', '1a030a01ff'],
    ['a surrogate in UTF-8', '0a03eda080'],
    ['a length beyond the end', '0a05616263'],
    ['half a tag', '8a'],
    ['half a varint', 'b806ff'],
    ['field number 0', '0201'],
    ['an unknown wire type', '0f'],
    ['a group that does not end', '330801'],
    ['the end of a group', '34'],
    ['the end of another group', '333c'],
    ['groups without end', '33'.repeat(1000)],
  ])('are refused with %s', (_, hex) => {
    expect(() => decodeGetSecretRequest(Buffer.from(hex, 'hex'))).toThrow(Error);
  });

  it('may hold the replacement character', () => {
    expect(decodeGetSecretRequest(Buffer.from('0a03efbfbd', 'hex')).store).toBe('\ufffd');
  });
});

describe('responses', () => {
  it('are written as they are read', () => {
    fc.assert(
      fc.property(map, (data) => {
        const bytes = encodeGetSecretResponse(secretTable(Object.entries(data)));
        expect(entriesOf(fromBinary(GetSecretResponseSchema, bytes).data)).toEqual(entriesOf(data));
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.option(map))), (secrets) => {
        const table = secretTable(secrets.map(([name, data]) => [name, data && secretTable(Object.entries(data))]));
        const read = fromBinary(GetBulkSecretResponseSchema, encodeGetBulkSecretResponse(table)).data;
        const plain = entriesOf(read).map(([name, value]) => [name, entriesOf((value as { secrets: object }).secrets)]);
        expect(plain).toEqual(entriesOf(table).map(([name, data]) => [name, entriesOf(data ?? {})]));
      }),
    );
  });

  it('of any size', () => {
    const data = secretTable(Array.from({ length: 3000 }, (_, at) => [`name-${at}`, 'ü'.repeat(at % 300)]));
    expect({ ...fromBinary(GetSecretResponseSchema, encodeGetSecretResponse(data)).data }).toEqual({ ...data });
    const large = secretTable([['k', 'x'.repeat(3_000_000)]]);
    expect(fromBinary(GetSecretResponseSchema, encodeGetSecretResponse(large)).data.k).toHaveLength(3_000_000);
  });

  it('without data are empty', () => {
    expect(encodeGetSecretResponse(null)).toHaveLength(0);
    expect(encodeGetBulkSecretResponse(null)).toHaveLength(0);
  });

  it('with a byte that is not UTF-8 can’t be written', () => {
    const data = secretTable([['k', '\udcff']]);
    expect(() => encodeGetSecretResponse(data)).toThrow('string field contains invalid UTF-8');
    expect(() => encodeGetBulkSecretResponse(secretTable([['\udc80', data]]))).toThrow(Error);
  });
});
