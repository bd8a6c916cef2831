import {
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}
export interface Authority extends Certificate {
  /** A certificate for host names and addresses, or for the user that its common name is. */
  issue(commonName: string, hosts?: readonly string[], options?: IssueOptions): Certificate;
  /** An authority that this one vouches for. */
  issueAuthority(commonName: string): Authority;
}
export interface IssueOptions {
  /** P-256 when absent. */
  readonly keyType?: 'ec' | 'rsa' | 'ed25519';
  /** Milliseconds from now at which it ends, a day when absent; it begins two days before. */
  readonly lasts?: number;
}

const OID = { commonName: '550403', ecdsaWithSha256: '2a8648ce3d040302', basic: '551d13', names: '551d11' };

/** A certificate authority of its own, for one test run. */
export function createAuthority(commonName = 'test authority'): Authority {
  const { publicKey, privateKey } = newKeys('ec');
  return authority(commonName, privateKey, { publicKey, issuer: commonName, issuerKey: privateKey });
}

function authority(
  commonName: string,
  ownKey: KeyObject,
  signed: Pick<Contents, 'publicKey' | 'issuer' | 'issuerKey'>,
): Authority {
  const issuer = { issuer: commonName, issuerKey: ownKey };
  return {
    cert: certificate({ ...signed, commonName, extensions: [extension(OID.basic, sequence(der(0x01, '\xff')))] }),
    key: keyText(ownKey),
    issue(name, hosts = [], { keyType = 'ec', lasts } = {}) {
      const { publicKey, privateKey } = newKeys(keyType);
      const names = hosts.map((host) =>
        isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, host),
      );
      const extensions = names.length === 0 ? [] : [extension(OID.names, sequence(...names))];
      return { cert: certificate({ ...issuer, commonName: name, publicKey, extensions, lasts }), key: keyText(privateKey) };
    },
    issueAuthority(name) {
      const { publicKey, privateKey } = newKeys('ec');
      return authority(name, privateKey, { ...issuer, publicKey });
    },
  };
}

function newKeys(keyType: 'ec' | 'rsa' | 'ed25519'): KeyPairKeyObjectResult {
  if (keyType === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return keyType === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
}

function keyText(key: KeyObject): string {
  return pem('PRIVATE KEY', key.export({ type: 'pkcs8', format: 'der' }));
}

const DAY = 86_400_000;

interface Contents {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly lasts?: number | undefined;
}

function certificate({ commonName, publicKey, issuer, issuerKey, extensions, lasts = DAY }: Contents): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const serial = randomBytes(8);
  serial[0] = 1;
  const body = sequence(
    der(0xa0, der(0x02, '\x02')),
    der(0x02, serial),
    algorithm,
    nameOf(issuer),
    sequence(time(-2 * DAY), time(lasts)),
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
