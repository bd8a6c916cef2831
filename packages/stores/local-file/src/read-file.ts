import { isUtf8 } from 'node:buffer';
import { type Logger, SecretStoreError } from '@coffer/core/driver';
import { readBytes } from '@coffer/file-store';
import { type JsonObject, JsonSyntaxError, JsonText, parseJson } from './parse-json.ts';

export interface ReadFileOptions {
  readonly signal: AbortSignal | undefined;
  /** Gets a warning when users other than the owner may read the file. */
  readonly reportOpenPermissions: Logger | undefined;
}

/**
 * The object that the file holds. Fails with `failed_precondition` and the operating system's words when the file can't be
 * read, and `invalid_argument` when it holds no JSON object.
 */
export async function readSecretsFile(path: string, { signal, reportOpenPermissions }: ReadFileOptions): Promise<JsonObject> {
  const inspect = ({ mode }: { readonly mode: number }) => {
    if (reportOpenPermissions && process.platform !== 'win32' && (mode & 0o044) !== 0)
      reportOpenPermissions.warn(`secrets file ${path} may be read by other users: chmod 600 ${path}`);
  };
  return parseSecrets(path, decodeUtf8(await readBytes(path, { setting: 'secretsFile', signal, inspect })));
}

/** Whole UTF-8 sequences, to keep them, or one byte that belongs to none. */
const SEQUENCE_OR_STRAY =
  /([\0-\x7f]+|(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf])[\x80-\xbf])|[\x80-\xff]/g;

/** Every byte that is not UTF-8 becomes one U+FFFD, as in the reference; other decoders make one of several. */
function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const repaired = bytes.toString('latin1').replace(SEQUENCE_OR_STRAY, (_, sequence?: string) => sequence ?? '\xef\xbf\xbd');
  return Buffer.from(repaired, 'latin1').toString('utf8');
}

function parseSecrets(path: string, text: string): JsonObject {
  const unusable = (what: string, hint: string): SecretStoreError =>
    new SecretStoreError('invalid_argument', `${path}${what}`, { operation: 'init', hint });
  try {
    const root = parseJson(text);
    if (root instanceof Map) return root;
    if (root instanceof JsonText && root.text === 'null') return new Map();
    throw unusable(
      ` holds ${Array.isArray(root) ? 'an array' : 'a single value'}, and must hold a JSON object`,
      'write {"name": "value"}',
    );
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw unusable(`:${cause.line}:${cause.column} is not valid JSON`, cause.message);
  }
}
