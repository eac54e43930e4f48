import type { FastifyRequest } from 'fastify';

/** Clients are told apart by their token's name, or else by where they come from. */
export function clientKey(request: FastifyRequest): string {
  const name = request.headers.authorization === undefined ? undefined : request.client?.name;
  return name === undefined ? `from ${clientAddress(request.socket.remoteAddress)}` : `token ${name}`;
}

/**
 * An address as one client's: IPv4 also where it is written as IPv6, and of IPv6 the network of 64 bits, of which whoever has one
 * address has all. It is the connection's own: what a header says of where a request comes from, anybody can write.
 */
export function clientAddress(address: string | undefined): string {
  const plain = (address ?? 'unknown').replace(/%.*$/, '').toLowerCase();
  const mapped = /^(?:0*:){2,5}0*ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!plain.includes(':')) return plain;
  const groups = expand(plain);
  const last = groups.slice(6).map((group) => Number.parseInt(group, 16));
  const isMapped = groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff';
  if (isMapped) return last.flatMap((group) => [group >> 8, group & 0xff]).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const groupsOf = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].map((group) => group.replace(/^0+(?=.)/, ''));
}
