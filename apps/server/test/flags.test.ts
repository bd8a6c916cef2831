import { readFileSync } from 'node:fs';
import { cofferDialect, strictDialect } from '@coffer/core';
import { describe, expect, it } from 'vitest';
import { FLAGS, flagsTable, usage } from '../src/flags/flag-table.ts';
import { FlagError, parseFlags } from '../src/flags/parse-flags.ts';
import { parseByteQuantity } from '../src/flags/quantity.ts';
import { logOptionsOf, serverOptionsOf } from '../src/flags/server-options.ts';

const optionsOf = (...args: string[]) => serverOptionsOf(parseFlags(['--app-id=app1', ...args]));

describe('parseFlags', () => {
  it('reads values joined and separate, with one dash or two, the last one counting', () => {
    const flags = parseFlags(['--app-id', 'a', '-mode=x', '--app-id=b=c', 'positional', '--log-level', '']);
    expect([flags.text('app-id'), flags.text('mode'), flags.text('log-level')]).toEqual(['b=c', 'x', '']);
    expect([flags.isGiven('mode'), flags.isGiven('config')]).toEqual([true, false]);
  });

  it('reads booleans alone and with a word, never with the next argument', () => {
    for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True'])
      expect(parseFlags([`--log-as-json=${word}`]).flag('log-as-json')).toBe(true);
    expect(parseFlags(['--enable-metrics=F']).flag('enable-metrics')).toBe(false);
    expect(parseFlags(['--log-as-json', 'false']).flag('log-as-json')).toBe(true);
    expect(parseFlags([]).flag('enable-metrics')).toBe(true);
  });

  it('reads lists repeated, separated by commas and quoted', () => {
    expect(parseFlags(['--config=a,b', '--config', '"c,d",e', '--config=']).list('config')).toEqual(['a', 'b', 'c,d', 'e']);
    expect(parseFlags([]).list('config')).toEqual([]);
  });

  it.each([
    [['--nope'], 'unknown flag: --nope'],
    [['--nope=1'], 'unknown flag: --nope'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['--app-id'], 'flag needs an argument: --app-id'],
    [['---app-id=a'], 'bad flag syntax: ---app-id=a'],
    [['--=a'], 'bad flag syntax: --=a'],
    [
      ['--scheduler-job-streams=9223372036854775808'],
      'invalid argument "9223372036854775808" for "--scheduler-job-streams" flag: strconv.ParseInt: parsing "9223372036854775808": value out of range',
    ],
    [
      ['--log-as-json=maybe'],
      'invalid argument "maybe" for "--log-as-json" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      ['--dapr-graceful-shutdown-seconds=x'],
      'invalid argument "x" for "--dapr-graceful-shutdown-seconds" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      ['--dapr-block-shutdown-duration=5'],
      'invalid argument "5" for "--dapr-block-shutdown-duration" flag: time: invalid duration "5"',
    ],
  ])('%j: %s', (args, message) => expect(() => parseFlags(args)).toThrow(new FlagError(message)));

  it.each([
    ['0', 0],
    ['+12', 12],
    ['-0x1F', -31],
    ['017', 15],
    ['0o17', 15],
    ['0b101', 5],
    ['1_000', 1000],
  ])('reads the whole number %s as Go does', (text, value) => {
    expect(parseFlags([`--scheduler-job-streams=${text}`]).integer('scheduler-job-streams')).toBe(value);
  });

  it.each(['', '1__0', '_1', '08', '0x', '1.5', '5s'])('refuses %j as a whole number', (text) => {
    expect(() => parseFlags([`--scheduler-job-streams=${text}`])).toThrow('invalid syntax');
  });

  it('stops at --help, ignores what follows --, and notes deprecated flags once', () => {
    expect(parseFlags(['--help', '--nope']).help).toBe(true);
    expect(parseFlags(['-h']).help).toBe(true);
    expect(parseFlags(['--', '--nope']).help).toBe(false);
    expect(parseFlags(['--components-path=a', '--components-path=b']).notices).toEqual([
      'Flag --components-path has been deprecated, use --resources-path',
    ]);
  });
});

describe('serverOptionsOf', () => {
  it.each([
    [['--app-id='], 'Fatal error from runtime: parameter app-id cannot be empty'],
    [['--app-id=a.b'], 'Fatal error from runtime: parameter app-id cannot contain dots'],
    [['--mode=nope'], 'Fatal error from runtime: invalid mode: nope'],
    [['--max-body-size=nope'], "Failed to parse flags: invalid value for 'max-body-size' option: "],
    [['--read-buffer-size='], "Failed to parse flags: invalid value for 'read-buffer-size' option: "],
    [
      ['--dapr-http-port=abc'],
      'Fatal error from runtime: error parsing dapr-http-port flag: strconv.Atoi: parsing "abc": invalid syntax',
    ],
    [['--dapr-http-port=70000'], 'value out of range'],
    [['--metrics-port=x'], 'Fatal error from runtime: failed to parse metrics port: strconv.Atoi: parsing "x": invalid syntax'],
    [['--dapr-http-port=0'], "the 'dapr-http-port' argument value 0 conflicts with 'app-port'"],
    [['--app-port=50001'], "the 'dapr-grpc-port' argument value 50001 conflicts with 'app-port'"],
    [['--app-protocol=ftp'], "invalid value for 'app-protocol': ftp"],
    [
      ['--actors-disseminate-timeout=0s'],
      "Failed to parse flags: invalid value for 'actors-disseminate-timeout' option: must be positive, got 0s",
    ],
    [['--disable-init-endpoints=x'], "invalid value for 'disable-init-endpoints': x"],
  ])('%j: %s', (args, message) => expect(() => optionsOf(...args)).toThrow(message));

  it('listens on loopback unless a flag names an address, and everywhere under --strict-dapr', () => {
    const { listenAddresses, publicListenAddress, metricsListenAddress, dialect } = optionsOf('--dapr-public-port=1');
    expect([listenAddresses, publicListenAddress, metricsListenAddress]).toEqual([['127.0.0.1'], '127.0.0.1', '127.0.0.1']);
    expect(dialect).toBe(cofferDialect);
    const named = optionsOf(
      '--dapr-listen-addresses=0.0.0.0, ::1',
      '--metrics-listen-address=10.0.0.1',
      '--dapr-public-listen-address=::',
    );
    expect([named.listenAddresses, named.metricsListenAddress, named.publicListenAddress]).toEqual([
      ['0.0.0.0', '::1'],
      '10.0.0.1',
      '::',
    ]);
    const strict = optionsOf('--strict-dapr');
    expect([strict.listenAddresses, strict.publicListenAddress, strict.metricsListenAddress]).toEqual([[''], '', '0.0.0.0']);
    expect(strict.dialect).toBe(strictDialect);
  });

  it('reads sizes, new flags before old ones', () => {
    expect(optionsOf()).toMatchObject({ maxBodySize: 4_194_304, readBufferSize: 4096 });
    expect(optionsOf('--dapr-http-max-request-size=1', '--dapr-http-read-buffer-size=8')).toMatchObject({
      maxBodySize: 1_048_576,
      readBufferSize: 8192,
    });
    expect(optionsOf('--dapr-http-max-request-size=1', '--max-body-size=10')).toMatchObject({ maxBodySize: 10 });
    expect(optionsOf('--max-body-size=0')).toMatchObject({ maxBodySize: 0 });
    expect(optionsOf('--max-body-size=-1')).toMatchObject({ maxBodySize: 4_194_304 });
  });

  it('takes the old resource path only where there is no new one', () => {
    expect(optionsOf('--components-path=a').resourcesPaths).toEqual(['a']);
    expect(optionsOf('--components-path=a', '--resources-path=b,c', '--resources-path=d').resourcesPaths).toEqual([
      'b',
      'c',
      'd',
    ]);
  });

  it('knows the flags that have no effect, by value', () => {
    expect(optionsOf('--enable-mtls', '--placement-host-address=x:1', '--profile-port=7777').inertFlags).toEqual([
      'enable-mtls',
      'placement-host-address',
    ]);
  });

  it('reads times', () => {
    expect(optionsOf()).toMatchObject({ gracefulShutdown: 5000, blockShutdown: undefined });
    expect(optionsOf('--dapr-graceful-shutdown-seconds=-3', '--dapr-block-shutdown-duration=1m')).toMatchObject({
      gracefulShutdown: 5000,
      blockShutdown: 60_000,
    });
    expect(optionsOf('--dapr-graceful-shutdown-seconds=0').gracefulShutdown).toBe(0);
  });

  it('reads the log level whatever its case', () => {
    expect(logOptionsOf(parseFlags(['--log-level=DEBUG'])).level).toBe('debug');
    expect(() => logOptionsOf(parseFlags(['--log-level=nope']))).toThrow('invalid value for --log-level: nope');
  });
});

describe('the application in the metadata', () => {
  it('speaks TLS with --app-ssl', () => {
    expect(optionsOf('--app-ssl').app.protocol).toBe('https');
    expect(optionsOf('--app-ssl', '--app-protocol=GRPC').app.protocol).toBe('grpcs');
    expect(optionsOf('--app-ssl', '--app-protocol=h2c').app.protocol).toBe('h2c');
  });

  it('has a health check when one is asked for', () => {
    expect(optionsOf('--app-health-threshold=7').app.health).toBeUndefined();
    expect(optionsOf('--enable-app-health-check', '--app-health-probe-interval=90').app.health).toEqual({
      healthCheckPath: '/healthz',
      healthProbeInterval: '1m30s',
      healthProbeTimeout: '500ms',
      healthThreshold: 3,
    });
    expect(optionsOf('--enable-app-health-check', '--app-protocol=grpc').app.health).not.toHaveProperty('healthCheckPath');
  });
});

describe('parseByteQuantity', () => {
  it.each([
    ['4Mi', 4_194_304],
    ['1M', 1_000_000],
    ['100', 100],
    ['1e2', 100],
    ['1.5k', 1500],
    ['1.5e3', 1500],
    ['-5', -5],
    ['+1Ki', 1024],
    ['2Gi', 2 ** 31],
  ])('%s is %d', (text, bytes) => expect(parseByteQuantity(text)).toBe(bytes));

  it.each(['', '0.5Ki', '100m', '1.5', '1.0', '4MB', '4 Mi', 'nope', '-', '1e', '4mi'])('%j is refused', (text) => {
    expect(parseByteQuantity(text)).toBeUndefined();
  });
});

describe('the flag table', () => {
  it('is current in the README', () => {
    expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(flagsTable());
  });

  it('has every name once, defaults that parse, and a usage that shows all but the old ones', () => {
    expect(new Set(FLAGS.map(({ name }) => name)).size).toBe(FLAGS.length);
    expect(() =>
      parseFlags(FLAGS.filter(({ default: standard }) => standard).map(({ name, default: standard }) => `--${name}=${standard}`)),
    ).not.toThrow();
    for (const { name, deprecated } of FLAGS)
      expect(usage().includes(`--${name} `) || usage().includes(`--${name}\n`)).toBe(deprecated === undefined);
    expect(usage()).toMatch(/^Usage of cofferd:\n/);
  });
});
