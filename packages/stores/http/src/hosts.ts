/** Whether a host, as `URL` writes it, is this machine, whatever the network. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Addresses as `URL` writes them: link-local ones, and others at which clouds give credentials to their machines. Those of IPv4
 * also where IPv6 stands for them (`::ffff:` and `64:ff9b::`).
 */
const FORBIDDEN: readonly RegExp[] = [
  /^169\.254\./,
  /^\[(?:::ffff:|64:ff9b::)a9fe:/,
  /^\[fe[89ab][0-9a-f]:/,
  // Alibaba Cloud, Azure, Oracle Cloud.
  /^(?:100\.100\.100\.200|168\.63\.129\.16|192\.0\.0\.192)$/,
  /^\[(?:::ffff:|64:ff9b::)(?:6464:64c8|a83f:8110|c000:c0)\]$/,
  // AWS, Google Cloud.
  /^\[(?:fd00:ec2::|fd20:ce::)[0-9a-f:]+\]$/,
  /^metadata(?:\.google\.internal)?\.?$/,
];

/** Whether a host, as `URL` writes it, is a place where machines get credentials. */
export function isForbiddenHost(hostname: string): boolean {
  return FORBIDDEN.some((pattern) => pattern.test(hostname));
}

/** The same for an address that a name stands for: `169.254.169.254`, `fe80::1%eth0`. */
export function isForbiddenAddress(address: string): boolean {
  const [plain = ''] = address.split('%');
  const text = `http://${plain.includes(':') ? `[${plain}]` : plain}`;
  return !URL.canParse(text) || isForbiddenHost(new URL(text).hostname);
}
