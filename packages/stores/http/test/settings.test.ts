import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { failureOf, open } from './open.ts';

type Settings = Readonly<Record<string, string>>;

const GOOD: Settings = { url: 'https://vault.test/{name}', valuePath: '$.value' };
const LIST: Settings = { ...GOOD, listUrl: 'https://vault.test/', listPath: '$[*]' };
const POST: Settings = { ...GOOD, method: 'POST', body: '{"secret": "{name}"}' };

function problemsOf(settings: Settings): readonly string[] {
  return checkSettings(definition, settings, 'refused').problems.map(({ severity, name, message, hint = '' }) =>
    [severity, name, message, hint].join(' | '),
  );
}

describe('settings that hold', () => {
  it.each<[string, Settings]>([
    ['the fewest', GOOD],
    ['a list', LIST],
    ['pages', { ...LIST, nextPath: '$.next', nextParameter: 'p' }],
    ['links', { ...LIST, followLinks: 'true' }],
    ['a POST', POST],
    ['a name in the body only', { ...POST, url: 'https://vault.test/read' }],
    ['parts', { ...GOOD, valuesPath: '$.fields[*]', keyPath: '$.label' }],
    ['an empty setting that is not needed', { ...GOOD, listUrl: '', listPath: '', body: '', ca: '', username: '', pingUrl: '' }],
    ['no statuses', { ...GOOD, notFoundStatuses: '', deniedStatuses: '' }],
    ['escapes', { ...GOOD, url: 'https://vault.test:8443/a%20b/{name}/x?a={version_id}&b=%7B&c&=&d=' }],
    ['prefixes', { ...GOOD, 'header.X-Key': 'k', 'Header.Accept': 'a/b', 'query.k': 'v' }],
    ['a default', { ...GOOD, url: 'https://vault.test/{stage}/{name}', 'default.stage': 'prod' }],
    ['a default in a list', { ...LIST, listUrl: 'https://vault.test/{stage}', 'default.stage': 'prod' }],
  ])('%s', async (_, settings) => {
    expect(problemsOf(settings)).toEqual([]);
    await using opened = await open(settings);
    expect(opened.lines).toEqual([]);
  });
});

describe('settings that do not hold', () => {
  it.each<[Settings, string]>([
    // Missing, empty.
    [{ valuePath: '$' }, 'error | url | setting url is required'],
    [{ ...GOOD, url: '' }, 'error | url | setting url is required'],
    [{ url: GOOD.url ?? '' }, 'error | valuePath | setting valuePath is required | set valuePath'],
    [{ ...GOOD, valuePath: '' }, 'error | valuePath | setting valuePath is required'],
    [{ ...GOOD, token: ' ' }, 'error | token | setting token is empty'],
    [{ ...GOOD, 'header.X-Key': '\n' }, 'error | header.X-Key | setting header.X-Key is empty'],
    [{ ...POST, body: '' }, 'error | body | setting body is required by a POST'],
    // Of the wrong kind.
    [{ ...GOOD, url: 'vault.test/{name}' }, 'error | url | setting url is not an http or https address | such as https://'],
    [{ ...GOOD, url: 'ftp://vault.test/{name}' }, 'error | url | setting url is not an http or https address'],
    [{ ...GOOD, url: 'https:///{name}' }, 'error | url | setting url is not an http or https address'],
    [{ ...GOOD, url: 'https://vault.test:99999/{name}' }, 'error | url | setting url is not an http or https address'],
    [{ ...GOOD, url: 'https://{name}.test/' }, 'error | url | setting url has a placeholder in its host'],
    [{ ...GOOD, url: 'https://vault.test:{name}/' }, 'error | url | setting url has a placeholder in its host'],
    [{ ...GOOD, url: 'https://me:canary@vault.test/{name}' }, 'error | url | setting url holds a user or a password'],
    [{ ...GOOD, url: 'https://@vault.test/{name}' }, 'error | url | setting url holds a user or a password'],
    [{ ...GOOD, url: 'https://vault.test/{name}#{x}' }, 'error | url | setting url has a fragment'],
    [{ ...GOOD, url: 'https://vault.test/{name' }, 'error | url | setting url has a brace without a placeholder'],
    [{ ...GOOD, url: 'https://vault.test/{+name}' }, 'error | url | setting url has a brace without a placeholder'],
    [{ ...GOOD, url: 'https://vault.test/{{ .name }}' }, 'error | url | setting url has white space'],
    [{ ...GOOD, url: 'https://vault.test/{{name}}' }, 'error | url | setting url has a brace without a placeholder'],
    [
      { ...GOOD, url: 'https://vault.test/?{name}=1' },
      'error | url | setting url has a placeholder that is no value in its query',
    ],
    [{ ...GOOD, url: 'https://vault.test/a/../{name}' }, 'error | url | setting url has a part that is . or ..'],
    [{ ...GOOD, url: 'https://vault.test/%2e%2E/{name}' }, 'error | url | setting url has a part that is . or ..'],
    [{ ...GOOD, url: 'https://vault.test\\x/{name}' }, 'error | url | setting url has white space, a backslash'],
    [{ ...GOOD, url: 'https://vault.test/x' }, 'error | url | setting url has no place for the name of the secret'],
    [{ ...GOOD, url: 'https://vault.test/{version_id}' }, 'error | url | setting url has no place for the name of the secret'],
    [{ ...GOOD, method: 'get' }, 'error | method | setting method is not one of GET, POST'],
    [{ ...POST, body: '{"canary": ' }, 'error | body | setting body is not JSON'],
    [{ ...GOOD, valuePath: 'data.value' }, 'error | valuePath | setting valuePath is no JSONPath | a JSONPath begins with $'],
    [{ ...LIST, listPath: 'items' }, 'error | listPath | setting listPath is no JSONPath'],
    [{ ...GOOD, valueEncoding: 'hex' }, 'error | valueEncoding | setting valueEncoding is not one of text, base64'],
    [{ ...GOOD, withoutValue: 'ok' }, 'error | withoutValue | setting withoutValue is not one of error, not_found'],
    [{ ...GOOD, tokenScheme: 'a b' }, 'error | tokenScheme | setting tokenScheme is no word'],
    [{ ...GOOD, token: 'a\nb' }, 'error | token | setting token has a line break'],
    [{ ...GOOD, username: 'a:b', password: 'p' }, 'error | username | setting username has a colon'],
    [{ ...GOOD, notFoundStatuses: '404;410' }, 'error | notFoundStatuses | setting notFoundStatuses is no list of statuses'],
    [{ ...GOOD, deniedStatuses: '4xx' }, 'error | deniedStatuses | setting deniedStatuses is no list of statuses'],
    [{ ...GOOD, notFoundStatuses: '200' }, 'error | notFoundStatuses | a status of success is no failure | see withoutValue'],
    [{ ...GOOD, contentTypes: 'json' }, 'error | contentTypes | setting contentTypes is no list of media types'],
    [{ ...GOOD, allowHttp: 'yep' }, 'error | allowHttp | setting allowHttp is not a boolean'],
    [{ ...GOOD, requestTimeout: 'soon' }, 'error | requestTimeout | setting requestTimeout is not a duration'],
    [{ ...GOOD, requestTimeout: '0' }, 'error | requestTimeout | setting requestTimeout is no time limit'],
    [{ ...GOOD, requestTimeout: '10000h' }, 'error | requestTimeout | setting requestTimeout is no time limit'],
    [{ ...GOOD, maxResponse: 'big' }, 'error | maxResponse | setting maxResponse is not a size'],
    [{ ...GOOD, maxResponse: '0' }, 'error | maxResponse | setting maxResponse is no size'],
    [{ ...GOOD, 'header.X Key': 'k' }, 'error | header.X Key | setting header.X Key names no header'],
    [{ ...GOOD, 'default.stage': 'x' }, 'error | default.stage | setting default.stage stands for nothing'],
    [{ ...GOOD, 'default.name': 'x' }, 'error | default.name | setting default.name stands for nothing'],
    [{ ...GOOD, 'query.a b': 'k' }, 'error | query.a b | a setting has white space in its name'],
    [{ ...GOOD, 'header.X:Key': 'k' }, 'error | header.X:Key | setting header.X:Key names no header'],
    [{ ...GOOD, 'header.Größe': 'k' }, 'error | header.Größe | setting header.Größe names no header'],
    [{ ...GOOD, 'header.Host': 'evil.test' }, 'error | header.Host | setting header.Host is not for components to set'],
    [
      { ...GOOD, 'header.transfer-encoding': 'x' },
      'error | header.transfer-encoding | setting header.transfer-encoding is not for',
    ],
    [{ ...GOOD, 'header.X-Key': 'k\r\nX-Other: v' }, 'error | header.X-Key | setting header.X-Key has a line break'],
    [{ ...GOOD, 'query.k': 'a\0b' }, 'error | query.k | setting query.k has a line break'],
    // Misspelt.
    [{ ...GOOD, tokn: 'canary' }, 'error | tokn | setting tokn is not known | did you mean token?'],
    [
      { ...GOOD, 'headers.X-Key': 'canary' },
      'error | headers.X-Key | setting headers.X-Key is not known | did you mean header.X-Key?',
    ],
    [{ ...GOOD, 'header.': 'canary' }, 'error | header. | setting header. is not known | did you mean header.NAME?'],
    [{ ...GOOD, something: 'canary' }, 'warning | something | setting something is not known and is ignored'],
    // Contradictory, incomplete.
    [{ ...GOOD, token: 't', username: 'u', password: 'p' }, 'error | username | token and username are two ways to log in'],
    [
      { ...GOOD, token: 't', 'header.authorization': 'x' },
      'error | header.authorization | setting header.authorization and token are',
    ],
    [{ ...GOOD, username: 'u' }, 'error | password | setting password is missing beside username'],
    [{ ...GOOD, password: 'p' }, 'error | username | setting username is missing beside password'],
    [{ ...GOOD, clientCert: '/c.pem' }, 'error | clientKey | setting clientKey is missing beside clientCert'],
    [{ ...GOOD, clientKey: '/k.pem' }, 'error | clientCert | setting clientCert is missing beside clientKey'],
    [{ ...GOOD, body: '{}' }, 'error | body | a GET has no body'],
    [{ ...GOOD, valuesPath: '$' }, 'error | valuesPath | valuePath and valuesPath are two places for the value'],
    [{ ...GOOD, keyPath: '$' }, 'error | keyPath | setting keyPath needs valuesPath and valuePath beside it'],
    [{ ...LIST, listPath: '' }, 'error | listPath | setting listPath is missing beside listUrl'],
    [{ ...GOOD, listPath: '$' }, 'error | listPath | setting listPath needs listUrl beside it'],
    [{ ...GOOD, nextPath: '$' }, 'error | nextPath | setting nextPath needs listUrl beside it'],
    [{ ...GOOD, followLinks: 'true' }, 'error | followLinks | setting followLinks needs listUrl beside it'],
    [{ ...LIST, nextParameter: 'p' }, 'error | nextParameter | setting nextParameter needs nextPath beside it'],
    [{ ...LIST, nextPath: '$.next', followLinks: 'true' }, 'error | followLinks | followLinks and nextPath are two ways'],
    [{ ...LIST, listUrl: 'https://vault.test/{name}' }, 'error | listUrl | setting listUrl has a place for a name'],
    [{ ...GOOD, pingUrl: 'https://vault.test/{stage}' }, 'error | pingUrl | setting pingUrl has a placeholder'],
    [{ ...GOOD, pingUrl: 'not an address' }, 'error | pingUrl | setting pingUrl has white space'],
    [
      { ...GOOD, deniedStatuses: '403,404' },
      'error | deniedStatuses | a status is both in notFoundStatuses and in deniedStatuses',
    ],
    [{ ...GOOD, url: 'http://127.0.0.1/{name}', ca: '/ca.pem' }, 'error | ca | setting ca is about https, and url is http'],
    [{ ...GOOD, 'header.A': '1', 'header.a': '2' }, 'error | header.a | setting header.a is given twice'],
    [{ ...GOOD, 'query.A': '1', 'QUERY.A': '2' }, 'error | QUERY.A | setting QUERY.A is given twice'],
  ])('%j', (settings, problem) => {
    const problems = problemsOf(settings);
    expect(
      problems.filter((text) => text.includes(problem)),
      problems.join('\n'),
    ).toHaveLength(1);
    expect(problems.length).toBe(1);
    expect(problems.join()).not.toContain('canary');
  });

  it('a misspelt one is a warning where the dialect says so', () => {
    const [problem] = checkSettings(definition, { ...GOOD, tokn: 't' }, 'tolerated').problems;
    expect(problem).toMatchObject({ severity: 'warning', name: 'tokn' });
  });
});

describe('a path', () => {
  it.each([
    ['valuePath', '$.a[', "setting valuePath is no JSONPath: unclosed bracketed selection ('$.a[':4)"],
    ['versionPath', '$..', 'setting versionPath is no JSONPath: '],
    ['expiryPath', '$.a b', 'setting expiryPath is no JSONPath: '],
    ['valuePath', "$[?match(@.a, '(a+)+')]", "setting valuePath is no JSONPath: no such function 'match'"],
    ['valuePath', "$[?search(@.a, 'x')]", "setting valuePath is no JSONPath: no such function 'search'"],
    ['valuePath', '$[?(@.constructor.constructor("return 1")())]', 'setting valuePath is no JSONPath: '],
    ['valuePath', '$[?length(@.a)]', 'setting valuePath is no JSONPath: '],
  ])('that is none is told of at start: %s %s', async (setting, path, detail) => {
    const failure = await failureOf(open({ ...GOOD, [setting]: path }));
    expect(failure).toMatchObject({ code: 'invalid_argument', operation: 'init', hint: expect.stringContaining('RFC 9535') });
    expect(failure.detail.slice(0, detail.length)).toBe(detail);
  });

  it.each(['listPath', 'nextPath'])('of a list too: %s', async (setting) => {
    const failure = await failureOf(open({ ...LIST, [setting]: '$[' }));
    expect(failure.detail).toMatch(new RegExp(`^setting ${setting} is no JSONPath: `));
  });
});
