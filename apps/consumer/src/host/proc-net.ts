/**
 * The text of an address in /proc/net/tcp or tcp6, which is written as hexadecimal 32-bit words in the byte order of
 * the machine; only little-endian is supported.
 */
export function addressFromProcNet(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  return bytes.length === 4 ? bytes.join('.') : ipv6Text(bytes);
}

/** The shortest spelling (RFC 5952); an IPv4-mapped address is given as IPv4. */
function ipv6Text(bytes: readonly number[]): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0),
  );
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return bytes.slice(12).join('.');
  // The URL parser of Node gives the shortest spelling, in brackets.
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]/`).hostname.slice(1, -1);
}
