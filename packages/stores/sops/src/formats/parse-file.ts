import { isUtf8 } from 'node:buffer';
import { FileFault } from '../file-fault.ts';
import type { SopsMetadata } from '../metadata.ts';
import { parseDotenv } from './dotenv.ts';
import { parseIni } from './ini.ts';
import { parseJson } from './json.ts';
import type { SopsFile, SopsMap } from './tree.ts';
import { unflatten } from './unflatten.ts';

/** Where sops keeps what it writes about a file. */
const OWN = 'sops';
const OWN_PREFIX = 'sops_';

type FileNaming = Pick<SopsMetadata, 'secretsFile' | 'format'>;

/** A file's values, and apart from them what sops wrote about it. Fails with `FileFault`. */
export async function parseFile(bytes: Buffer, { secretsFile, format }: FileNaming): Promise<SopsFile> {
  if (bytes.length === 0) throw new FileFault('it is empty', 'encrypt a file with `sops encrypt`');
  if (!isUtf8(bytes))
    throw new FileFault('it is not UTF-8 text', 'sops writes text, for binary files too: encrypt it with `sops encrypt`');
  const text = bytes.toString('utf8');
  switch (format ?? formatOf(secretsFile)) {
    case 'yaml':
      return nested((await import('./yaml.ts')).parseYaml(text));
    case 'dotenv':
      return flat(parseDotenv(text));
    case 'ini':
      return withUnflattened(nested([parseIni(text)]));
    default:
      return nested([parseJson(text)]);
  }
}

/** As sops tells formats apart. */
function formatOf(path: string): NonNullable<SopsMetadata['format']> {
  if (/\.ya?ml$/.test(path)) return 'yaml';
  if (path.endsWith('.json')) return 'json';
  if (path.endsWith('.env')) return 'dotenv';
  return path.endsWith('.ini') ? 'ini' : 'binary';
}

/** Every document repeats what sops wrote; the first one counts, as for sops. */
function nested(documents: readonly SopsMap[]): SopsFile {
  const sops = documents[0]?.get(OWN);
  if (!(sops instanceof Map)) throw notEncrypted();
  return { documents: documents.map((document) => new Map([...document].filter(([name]) => name !== OWN))), sops };
}

function flat(variables: SopsMap): SopsFile {
  const own = [...variables].filter(([name]) => name.startsWith(OWN_PREFIX));
  if (own.length === 0) throw notEncrypted();
  const sops = unflatten(new Map(own.map(([name, value]) => [name.slice(OWN_PREFIX.length), value])));
  return { documents: [new Map([...variables].filter(([name]) => !name.startsWith(OWN_PREFIX)))], sops };
}

function withUnflattened({ documents, sops }: SopsFile): SopsFile {
  const texts = [...sops].map(([name, value]) => [name, String(value).replaceAll('\\n', '\n')] as const);
  return { documents, sops: unflatten(new Map(texts)) };
}

const notEncrypted = (): FileFault =>
  new FileFault(
    'it is not encrypted by sops: what sops writes about a file is missing',
    'encrypt it with `sops encrypt --in-place`',
  );
