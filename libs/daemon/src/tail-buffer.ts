/** A buffer of bounded size: it keeps the first and the last bytes, and counts those that it drops between them. */
export interface BoundedBuffer {
  add(chunk: Buffer): void;
  /** Decoded as UTF-8 with replacement characters; a line names the number of bytes left out. */
  text(): string;
}

const HALF_BYTES = 512 * 1024;

/** Keeps this number of bytes from the start, and as many from the end. */
export function createBoundedBuffer(halfBytes: number = HALF_BYTES): BoundedBuffer {
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let dropped = 0;

  function trim(): void {
    while (tailBytes > halfBytes) {
      const first = tail[0];
      if (first === undefined) return;
      const excess = Math.min(first.length, tailBytes - halfBytes);
      dropped += excess;
      tailBytes -= excess;
      if (excess === first.length) tail.shift();
      else tail[0] = first.subarray(excess);
    }
  }

  return {
    add(chunk) {
      const room = Math.max(0, halfBytes - headBytes);
      const first = chunk.subarray(0, room);
      const rest = chunk.subarray(room);
      if (first.length > 0) head.push(first);
      headBytes += first.length;
      if (rest.length > 0) tail.push(rest);
      tailBytes += rest.length;
      trim();
    },
    text() {
      if (dropped === 0) return Buffer.concat([...head, ...tail]).toString('utf8');
      const [start, end] = [Buffer.concat(head).toString('utf8'), Buffer.concat(tail).toString('utf8')];
      return `${start}\n[${dropped} bytes left out]\n${end}`;
    },
  };
}
