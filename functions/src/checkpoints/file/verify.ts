import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { parseCheckpoint } from '../checkpoint.ts';
import { chainEnd } from '../../ledger/period.ts';
import { decodeLeaves } from '../tree.ts';
import { stateOf } from '../store.ts';
import type { SealedEntry } from '../../ledger/verifyChain.ts';
import type { VerifyOptions, VerifyOutcome } from '../verify.ts';
import { Verification, verifyItems, type ChainItem, type LedgerItem, type Verified } from '../verifyLedger.ts';
import { entryOf, EXPORT_SCHEMA, headOf, type ChainLine, type ExportLine } from './format.ts';

/**
 * Verifies an exported file without any database: finds everything that verifying the ledger itself
 * finds, and whether the file is unchanged. Memory does not grow with the file.
 *
 * @throws Error if the file is not an export of a ledger
 */
export async function verifyFile(
  path: string,
  options: Omit<VerifyOptions, 'evidence'> & { readonly progress?: (soFar: Verified) => void },
): Promise<VerifyOutcome> {
  const lines = new Lines((await open(path)).readLines({ encoding: 'utf8' }));
  const header = await lines.take();
  if (
    header === null ||
    header === 'unreadable' ||
    header.type !== 'header' ||
    (header.schema as unknown) !== EXPORT_SCHEMA
  )
    throw new Error(`${path} is not an export of the ledger: its first line must say ${EXPORT_SCHEMA}`);
  const checkpoint = header.checkpoint === null ? null : parseCheckpoint(header.checkpoint);
  const { policy, now, trusted = [], keys, progress } = options;
  const verification = new Verification({ checkpoint, trusted, now, keys, endsAt: chainEnd(policy) });
  if (header.checkpoint !== null && checkpoint === null) verification.tell({ problem: 'checkpointChanged' });
  const read = new FileReader(lines, verification);
  if (header.scope !== 'chains') {
    for await (const soFar of verifyItems(read.items(), verification)) progress?.(soFar);
  } else {
    for await (const item of read.items()) if (item.kind === 'chain') await verification.chain(item);
  }
  const rebuilt = checkpoint?.rebuilt === true ? [checkpoint.name] : [];
  return { verified: verification.soFar, checkpoint, rebuilt, statements: 'none' };
}

/** The lines of a file, one ahead, and the hash of those that were taken. */
class Lines {
  readonly #lines: AsyncIterator<string>;
  readonly #hash = createHash('sha256');
  #ahead: { line: ExportLine | 'unreadable' | null; text: string } | undefined;
  /** How many were taken. */
  number = 0;

  constructor(lines: AsyncIterable<string>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async peek(): Promise<ExportLine | 'unreadable' | null> {
    if (this.#ahead === undefined) {
      const next = await this.#lines.next();
      this.#ahead = next.done === true ? { line: null, text: '' } : { line: parse(next.value), text: next.value };
    }
    return this.#ahead.line;
  }

  async take(): Promise<ExportLine | 'unreadable' | null> {
    const line = await this.peek();
    if (line === null) return null;
    this.#hash.update(`${this.#ahead?.text ?? ''}\n`);
    this.#ahead = undefined;
    this.number += 1;
    return line;
  }

  /** The hash of the lines so far. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}

function parse(text: string): ExportLine | 'unreadable' {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as ExportLine) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Entries that are handed on at a time. */
const PAGE = 300;

class FileReader {
  readonly #lines: Lines;
  readonly #verification: Verification;
  #chains = 0;
  #entries = 0;
  #last = '';

  constructor(lines: Lines, verification: Verification) {
    this.#lines = lines;
    this.#verification = verification;
  }

  async *items(): AsyncGenerator<LedgerItem> {
    for (;;) {
      const hash = this.#lines.sha256();
      const line = await this.#lines.take();
      if (line === null) {
        this.#changed();
        return;
      }
      if (line === 'unreadable') {
        this.#changed();
        continue;
      }
      switch (line.type) {
        case 'bucket': {
          const leaves = decodeLeaves(line.bucket, JSON.stringify(line.leaves));
          yield { kind: 'bucket', bucket: line.bucket, state: leaves && stateOf(leaves) };
          break;
        }
        case 'chain': {
          this.#chains += 1;
          if (line.chain <= this.#last) this.#changed();
          this.#last = line.chain;
          yield this.#chain(line);
          break;
        }
        case 'footer': {
          const { chains, entries, sha256 } = line;
          if (sha256 !== hash || chains !== this.#chains || entries !== this.#entries) this.#changed();
          if ((await this.#lines.peek()) !== null) this.#changed();
          return;
        }
        default:
          this.#changed();
      }
    }
  }

  #chain({ chain, head, leaf }: ChainLine): ChainItem {
    const item = { kind: 'chain', chain, head: head && headOf(head), entries: this.#entriesHere() } as const;
    if (leaf === undefined) return item;
    if (leaf === null) return { ...item, proven: null };
    const { seq, hash, closedAt, proof } = leaf;
    const signed = { chain, seq, hash, closedAt: closedAt === null ? null : Date.parse(closedAt) };
    return { ...item, proven: { leaf: signed, proof } };
  }

  async *#entriesHere(): AsyncGenerator<readonly SealedEntry[]> {
    let page: SealedEntry[] = [];
    for (;;) {
      const line = await this.#lines.peek();
      if (line === null || line === 'unreadable' || line.type !== 'entry') break;
      await this.#lines.take();
      this.#entries += 1;
      page.push(entryOf(line));
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    yield page;
  }

  #changed(): void {
    this.#verification.tell({ problem: 'fileChanged', line: this.#lines.number });
  }
}
