/** A host name as people write it: `*.example.com` for the suffix `.example.com`. */
export function displayHost(name: string): string {
  return name.startsWith('.') ? `*${name}` : name;
}
