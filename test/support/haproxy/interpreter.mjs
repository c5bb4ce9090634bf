// Makes a program of another Debian release start with the dynamic loader of that release, which fits its C library.
import { Buffer } from 'node:buffer';
import { lstatSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ELF64_LITTLE_ENDIAN = '7f454c460201';
const PT_INTERP = 3;
/** Where a program header has offset, size in the file and size in memory (elf(5)). */
const [P_OFFSET, P_FILESZ, P_MEMSZ] = [8, 32, 40];

/**
 * Writes another path of the dynamic loader into a program, which was unpacked into the folder `root` with its loader.
 * The folder is moved to `place` afterwards, so the path begins with `place`. The kernel reads the path at an offset of
 * the file, so the new one may be at the file's end. A script that calls the loader wouldn't do: HAProxy's master
 * executes itself again, and the consumer reads its command line.
 */
export function useOwnLoader(root, binary, place) {
  const file = join(root, binary);
  const image = readFileSync(file);
  const header = interpreterHeader(image);
  const offset = Number(image.readBigUInt64LE(header + P_OFFSET));
  const size = Number(image.readBigUInt64LE(header + P_FILESZ));
  const loader = image.toString('latin1', offset, offset + size - 1);
  const own = [loader, join('/usr', loader)].map((path) => fileInside(root, path)).find(Boolean);
  if (own === undefined) throw new Error(`the packages hold no ${loader}`);
  const name = Buffer.from(`${join(place, own)}\0`);
  image.writeBigUInt64LE(BigInt(image.length), header + P_OFFSET);
  image.writeBigUInt64LE(BigInt(name.length), header + P_FILESZ);
  image.writeBigUInt64LE(BigInt(name.length), header + P_MEMSZ);
  writeFileSync(file, Buffer.concat([image, name]));
}

/**
 * The file to which a path leads if `root` were `/`: an absolute link would lead out of it, to a loader of this machine.
 * Undefined if there is none.
 */
function fileInside(root, path) {
  const found = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (!found?.isSymbolicLink()) return found && path;
  return fileInside(root, resolve(dirname(path), readlinkSync(join(root, path))));
}

/** Where the program header of the interpreter's name begins (elf(5)). */
function interpreterHeader(image) {
  if (image.toString('hex', 0, 6) !== ELF64_LITTLE_ENDIAN)
    throw new Error('not a 64-bit little-endian program');
  // e_phoff, e_phentsize and e_phnum: where the program headers are, how large and how many.
  const start = Number(image.readBigUInt64LE(32));
  const [size, count] = [image.readUInt16LE(54), image.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, index) => start + index * size);
  const found = headers.find((header) => image.readUInt32LE(header) === PT_INTERP);
  if (found === undefined) throw new Error('the program names no dynamic loader');
  return found;
}
