import { describe, expect, it } from 'vitest';
import { resourceAttributes } from './resource.ts';
import { tracingSettingsOf } from './settings.ts';

const otel = (members: Record<string, unknown>) => ({ otel: members });

describe('tracingSettingsOf', () => {
  it('is nothing without a Configuration', () => {
    expect(tracingSettingsOf({}, {})).toEqual({ samplingRate: '', stdout: false, zipkin: '', otlp: undefined });
  });

  it('reads the Configuration', () => {
    const tracing = {
      samplingRate: '0.5',
      stdout: true,
      zipkin: { endpointAddress: 'http://z:9411/api/v2/spans' },
      ...otel({ protocol: 'grpc', endpointAddress: 'c:4317', isSecure: false, headers: ['k=v=w', 'broken'], timeout: '1.5s' }),
    };
    expect(tracingSettingsOf(tracing, {})).toEqual({
      samplingRate: '0.5',
      stdout: true,
      zipkin: 'http://z:9411/api/v2/spans',
      otlp: { protocol: 'grpc', endpoint: 'c:4317', secure: false, headers: [['k', 'v=w']], timeout: 1500 },
    });
  });

  it('exports only with both address and protocol, over TLS unless told otherwise', () => {
    expect(tracingSettingsOf(otel({ endpointAddress: 'c:4317' }), {}).otlp).toBeUndefined();
    expect(tracingSettingsOf(otel({ protocol: 'http' }), {}).otlp).toBeUndefined();
    expect(tracingSettingsOf(otel({ protocol: 'http', endpointAddress: 'c:4318' }), {}).otlp).toMatchObject({ secure: true });
  });

  it('refuses other protocols', () => {
    expect(() => tracingSettingsOf(otel({ protocol: 'thrift', endpointAddress: 'c:1' }), {})).toThrow(
      'failed to setup tracing: invalid protocol thrift provided for Otel endpoint',
    );
  });

  it('takes the standard variables without an address in the Configuration, and samples everything then', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key = a%20b ,x=1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '250',
    };
    expect(tracingSettingsOf({}, environment)).toMatchObject({
      samplingRate: '1',
      otlp: {
        protocol: 'grpc',
        endpoint: 'traces:4317',
        secure: true,
        headers: [
          ['api-key', 'a b'],
          ['x', '1'],
        ],
        timeout: 250,
      },
    });
    expect(tracingSettingsOf({ samplingRate: '0.1' }, environment).samplingRate).toBe('0.1');
    const configured = otel({ protocol: 'http', endpointAddress: 'mine:1' });
    expect(tracingSettingsOf(configured, environment)).toMatchObject({
      samplingRate: '',
      otlp: { endpoint: 'mine:1', headers: [] },
    });
  });

  it('knows an address without TLS by its scheme or by the variable', () => {
    const secure = (environment: Record<string, string>) => tracingSettingsOf({}, environment).otlp?.secure;
    expect(secure({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' })).toBe(false);
    expect(secure({ OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' })).toBe(false);
    expect(secure({ OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317' })).toBe(true);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'abc' }, "missing '=' parse headers inputabc"],
    [{ OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a b=1' }, 'invalid header keya b'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'token=hush%zz' }, 'invalid URL escape in the value of a header'],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '5s' }, 'strconv.Atoi: parsing "5s": invalid syntax'],
  ])('refuses %j', (environment, reason) => {
    expect(() => tracingSettingsOf({}, environment)).toThrow(`error setting tracing spec from env: ${reason}`);
    expect(() => tracingSettingsOf({}, environment)).not.toThrow('hush');
  });
});

describe('resourceAttributes', () => {
  it('names the service by the application, unless the environment does', () => {
    expect(resourceAttributes('shop', {})).toEqual({ 'service.name': 'shop' });
    const environment = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a, region = eu%20west,broken,zone=%zz,=x' };
    expect(resourceAttributes('shop', environment)).toEqual({ 'service.name': 'a', region: 'eu west', zone: '%zz' });
    expect(resourceAttributes('shop', { ...environment, OTEL_SERVICE_NAME: 'b' })['service.name']).toBe('b');
  });
});
