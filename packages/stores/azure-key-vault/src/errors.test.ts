import { cofferDialect, strictDialect } from '@coffer/core';
import { SecretStoreError } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { describe, expect, it } from 'vitest';
import { storeError } from './errors.ts';
import { VaultFailure } from './vault-failure.ts';

const url = new URL('https://shop.vault.azure.net/secrets/a%20b/?api-version=7.5');
const coffer = cofferDialect.azureKeyVault;
const body = (code: string, inner?: string, message = 'words') =>
  JSON.stringify({ error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } });

describe('storeError', () => {
  it.each([
    [400, body('BadParameter'), 'invalid_argument', undefined],
    [401, body('Unauthorized'), 'unauthenticated', 'does not take the token'],
    [403, body('Forbidden', 'SecretDisabled'), 'failed_precondition', 'enable the secret'],
    [403, body('Forbidden', undefined, 'Operation get is not allowed on a disabled secret.'), 'failed_precondition', 'enable'],
    [403, body('Forbidden', 'ForbiddenByRbac'), 'permission_denied', 'Key Vault Secrets User'],
    [403, body('Forbidden', 'ForbiddenByPolicy'), 'permission_denied', 'allow "get" for secrets'],
    [403, body('Forbidden', 'AccessDenied'), 'permission_denied', 'access policies'],
    [403, body('Forbidden', 'ForbiddenByFirewall'), 'permission_denied', 'firewall'],
    [403, body('Forbidden', 'ForbiddenByConnection'), 'permission_denied', 'private endpoint'],
    [403, '<html>', 'permission_denied', 'Key Vault Secrets User'],
    [404, body('SecretNotFound'), 'not_found', undefined],
    [404, body('NotFound'), 'unavailable', 'check vaultName or vaultUrl'],
    [404, '<html>', 'unavailable', 'check vaultName or vaultUrl'],
    [408, '', 'unavailable', undefined],
    [409, body('Conflict', 'ObjectIsBeingDeleted'), 'failed_precondition', undefined],
    [429, body('Throttled'), 'resource_exhausted', 'throttling'],
    [500, body('InternalError'), 'unavailable', undefined],
    [503, '', 'unavailable', undefined],
    [307, '', 'unavailable', 'check vaultName or vaultUrl'],
    [418, '', 'unknown', undefined],
  ])('%i %s is %s', (status, text, code, hint) => {
    const error = storeError(VaultFailure.of(url, status, text), 'get', coffer);
    expect(error).toMatchObject({ code, operation: 'get' });
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
  });

  it('names the permission for lists', () => {
    const refused = (inner: string) => storeError(VaultFailure.of(url, 403, body('Forbidden', inner)), 'list', coffer).hint;
    expect(refused('ForbiddenByRbac')).toContain('Microsoft.KeyVault/vaults/secrets/readMetadata/action');
    expect(refused('ForbiddenByPolicy')).toContain('allow "list" for secrets');
  });

  it('says what the vault says in one line; the strict dialect all that it answers', () => {
    const failure = VaultFailure.of(url, 403, body('Forbidden', 'ForbiddenByRbac', 'not\r\nauthorized\r\n'));
    expect(storeError(failure, 'get', coffer).detail).toBe('not authorized');
    const rule = '-'.repeat(80);
    expect(storeError(failure, 'get', strictDialect.azureKeyVault).detail).toBe(`GET https://shop.vault.azure.net/secrets/a b/
${rule}
RESPONSE 403: 403 Forbidden
ERROR CODE: Forbidden
${rule}
{
  "error": {
    "code": "Forbidden",
    "message": "not\\r\\nauthorized\\r\\n",
    "innererror": {
      "code": "ForbiddenByRbac"
    }
  }
}
${rule}
`);
    const page = VaultFailure.of(url, 502, '<html>who knows what</html>');
    expect(storeError(page, 'get', coffer).detail).toBe('GET https://shop.vault.azure.net/secrets/a b/: 502 Bad Gateway');
    expect(page.wholeAnswer).toContain('ERROR CODE UNAVAILABLE');
    expect(page.wholeAnswer).not.toContain('html');
    const long = VaultFailure.of(url, 500, body('InternalError', undefined, 'x'.repeat(20_000)));
    expect(long.wholeAnswer.length + long.message.length).toBeLessThan(1000);
  });

  it('finds the failure of the network under what the SDK made of it', () => {
    const failure = new HttpFailure('unavailable', 'Post "https://login": dial tcp: connect: connection refused');
    const cause = new Error('authentication failed', { cause: new Error('send', { cause: failure }) });
    expect(storeError(cause, 'get', coffer)).toMatchObject({ code: 'unavailable', detail: failure.message, retryable: true });
  });

  it('leaves what is ours as it is, and calls the rest unknown', () => {
    const ours = new SecretStoreError('unauthenticated', 'no');
    expect(storeError(ours, 'get', coffer)).toBe(ours);
    expect(storeError(new Error('odd'), 'get', coffer)).toMatchObject({ code: 'unknown', detail: 'odd' });
  });
});
