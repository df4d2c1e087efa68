import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Firestore } from 'firebase-admin/firestore';
import { beginVerification, provenChains, type VerifyOptions } from '../verify.ts';
import { encodeLeaves } from '../tree.ts';
import type { ChainItem, LedgerItem } from '../verifyLedger.ts';
import { walkLedger } from '../walk.ts';
import {
  entryLine,
  EXPORT_SCHEMA,
  headFields,
  isoOrNull,
  type ChainLine,
  type ExportLine,
  type HeaderLine,
} from './format.ts';

/** The result of an export. */
export interface Exported {
  readonly chains: number;
  readonly entries: number;
  readonly sha256: string;
  /** Name of the signed checkpoint that is in it; null if there is none yet. */
  readonly checkpoint: string | null;
}

/**
 * Writes the ledger, or the named chains, into a file that verifies alone (format.ts). Streams:
 * memory does not grow with the ledger. The file gets its name when it is complete.
 *
 * @throws ComplianceError `ledger.moved` if a checkpoint was signed meanwhile: run it again
 */
export async function exportLedger(
  own: Firestore,
  file: string,
  chains: readonly string[] | null,
  options: VerifyOptions & { readonly progress?: (soFar: { chains: number; entries: number }) => void },
): Promise<Exported> {
  const { checkpoint } = await beginVerification(own, options);
  const figures = { chains: 0, entries: 0 };
  const items: AsyncIterable<LedgerItem> =
    chains === null ? walkLedger(own, checkpoint?.number ?? 0) : provenChains(own, [...chains].sort(), checkpoint);
  const header: HeaderLine = {
    type: 'header',
    schema: EXPORT_SCHEMA,
    exportedAt: new Date(options.now).toISOString(),
    scope: chains === null ? 'ledger' : 'chains',
    checkpoint,
  };
  let sha256 = '';

  async function* lines(): AsyncGenerator<ExportLine> {
    yield header;
    for await (const item of items) {
      if (item.kind === 'bucket') {
        yield {
          type: 'bucket',
          bucket: item.bucket,
          leaves: item.state && JSON.parse(encodeLeaves(item.state.leaves)),
        };
        continue;
      }
      for await (const line of chainLines(item)) {
        if (line.type === 'entry') figures.entries += 1;
        else figures.chains += 1;
        yield line;
      }
      options.progress?.(figures);
    }
  }

  async function* text(): AsyncGenerator<string> {
    const hash = createHash('sha256');
    for await (const line of lines()) {
      const row = `${JSON.stringify(line)}\n`;
      hash.update(row);
      yield row;
    }
    sha256 = hash.digest('hex');
    yield `${JSON.stringify({ type: 'footer', ...figures, sha256 })}\n`;
  }

  const part = `${file}.part`;
  try {
    // Readable by the user of the command only: pseudonymous, and all the same a person's.
    await pipeline(Readable.from(text()), createWriteStream(part, { mode: 0o600 }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return { ...figures, sha256, checkpoint: checkpoint?.name ?? null };
}

async function* chainLines(item: ChainItem): AsyncGenerator<ExportLine> {
  const { chain, head, proven } = item;
  const signed = proven && {
    seq: proven.leaf.seq,
    hash: proven.leaf.hash,
    closedAt: isoOrNull(proven.leaf.closedAt),
    proof: proven.proof,
  };
  const line: ChainLine = {
    type: 'chain',
    chain,
    head: head && headFields(head),
    ...(proven === undefined ? {} : { leaf: signed ?? null }),
  };
  // A name that the person could have had under another key, and that nothing has, is not told.
  let told = head !== null || Boolean(proven);
  if (told) yield line;
  let grown: boolean | undefined;
  for await (const page of item.entries) {
    if (!told && page.length > 0) yield line;
    told ||= page.length > 0;
    for (const stored of page) {
      const { seq } = stored.entry;
      // Behind the head that was written down: the chain has grown since, or somebody added it,
      // which the file must show.
      if (head !== null && seq > head.seq) grown ??= ((await item.again?.())?.seq ?? 0) >= seq;
      if (grown && seq > (head?.seq ?? 0)) continue;
      yield entryLine(stored);
    }
  }
}
