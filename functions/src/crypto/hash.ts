import { createHash } from 'node:crypto';

/** SHA-256 of bytes, or of a text as UTF-8, in lower-case hexadecimal. */
export function sha256Hex(content: Uint8Array | string): string {
  const hash = createHash('sha256');
  return (typeof content === 'string' ? hash.update(content, 'utf8') : hash.update(content)).digest('hex');
}

/** Counts and hashes bytes as they pass, if they are too many to be held. */
export interface Meter {
  update(chunk: Uint8Array): void;
  /** Bytes so far. */
  readonly bytes: number;
  /** The hash; nothing can be added afterwards. */
  sha256(): string;
}

export function meter(): Meter {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    update(chunk) {
      bytes += chunk.byteLength;
      hash.update(chunk);
    },
    get bytes() {
      return bytes;
    },
    sha256: () => hash.digest('hex'),
  };
}
