// Makes a program of another release use its own C library instead of the system's.
import { Buffer } from 'node:buffer';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ELF64_LITTLE_ENDIAN = '7f454c460201';
const PT_INTERP = 3;

/**
 * Changes the dynamic loader of the program in `root` to the loader in `root`, by the path that this has once `root` is
 * moved to `place`. The kernel reads the name at an offset of the file, so the new name may be at the file's end. A
 * wrapper around the loader doesn't work: HAProxy's master executes itself again, and the consumer reads its command
 * line.
 */
export function useOwnLoader(root, binary, place) {
  const file = join(root, binary);
  const image = readFileSync(file);
  const header = interpreterHeader(image);
  const offset = Number(image.readBigUInt64LE(header + 8));
  const size = Number(image.readBigUInt64LE(header + 32));
  const loader = image.toString('latin1', offset, offset + size - 1);
  const own = [loader, join('/usr', loader)].find((path) => existsSync(join(root, path)));
  if (own === undefined) throw new Error(`the packages hold no ${loader}`);
  const name = Buffer.from(`${join(place, own)}\0`);
  image.writeBigUInt64LE(BigInt(image.length), header + 8);
  image.writeBigUInt64LE(BigInt(name.length), header + 32);
  image.writeBigUInt64LE(BigInt(name.length), header + 40);
  writeFileSync(file, Buffer.concat([image, name]));
}

/** Where the program header of the interpreter's name begins (elf(5)). */
function interpreterHeader(image) {
  if (image.toString('hex', 0, 6) !== ELF64_LITTLE_ENDIAN)
    throw new Error('not a 64-bit little-endian program');
  const start = Number(image.readBigUInt64LE(32));
  const [size, count] = [image.readUInt16LE(54), image.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, index) => start + index * size);
  const found = headers.find((header) => image.readUInt32LE(header) === PT_INTERP);
  if (found === undefined) throw new Error('the program names no dynamic loader');
  return found;
}
