import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}
export interface Authority extends Certificate {
  /** A certificate for host names and addresses, or for the user that its common name is. */
  issue(commonName: string, hosts?: readonly string[]): Certificate;
}

const OID = { commonName: '550403', ecdsaWithSha256: '2a8648ce3d040302', basic: '551d13', names: '551d11' };

/** A certificate authority of its own, for one test run. */
export function createAuthority(commonName = 'test authority'): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { commonName, publicKey, issuer: commonName, issuerKey: privateKey };
  return {
    cert: certificate({ ...own, extensions: [extension(OID.basic, sequence(der(0x01, '\xff')))] }),
    key: pem('PRIVATE KEY', privateKey.export({ type: 'pkcs8', format: 'der' })),
    issue(name, hosts = []) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = hosts.map((host) =>
        isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, host),
      );
      const extensions = names.length === 0 ? [] : [extension(OID.names, sequence(...names))];
      return {
        cert: certificate({ commonName: name, publicKey: pair.publicKey, issuer: commonName, issuerKey: privateKey, extensions }),
        key: pem('PRIVATE KEY', pair.privateKey.export({ type: 'pkcs8', format: 'der' })),
      };
    },
  };
}

interface Contents {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

function certificate({ commonName, publicKey, issuer, issuerKey, extensions }: Contents): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const serial = randomBytes(8);
  serial[0] = 1;
  const body = sequence(
    der(0xa0, der(0x02, '\x02')),
    der(0x02, serial),
    algorithm,
    nameOf(issuer),
    sequence(time(-86_400_000), time(86_400_000)),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, issuerKey)]));
  return new X509Certificate(sequence(body, algorithm, signature)).toString();
}

/** One element: tag, length, content. */
function der(tag: number, content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const size = bytes.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}
function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}
function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(OID.commonName), der(0x0c, Buffer.from(commonName)))));
}
function time(fromNow: number): Buffer {
  return der(0x18, `${new Date(Date.now() + fromNow).toISOString().replace(/[-:T]|\.\d+/g, '')}`);
}
function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}
function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
