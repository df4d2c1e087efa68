import type { Withheld } from '../../export/archive/manifest.ts';
import type { ExportRow } from '../../export/archive/rows.ts';
import { decide, type Decision, type Kept } from '../../export/look/decide.ts';
import type { Looked } from '../../export/look/looked.ts';
import { codeOf, hashesOf, shownRows } from '../../export/look/rows.ts';
import { planExport } from '../../export/plan.ts';
import { openSources } from '../../export/reading/openSources.ts';
import type { Context } from '../../platform/context.ts';
import { isExport, isFinal, type Product } from '../../requests/request.ts';
import type { RequestRef } from '../../requests/store.ts';
import type { NamedRecord } from '../../systems/system.ts';
import type { FoundRequest } from '../answers/find.ts';
import type { Copied, NoCopy } from './copied.ts';

/**
 * An officer's look at the rows with words of others in the copy of somebody without an account
 * (Art. 15(4)). No job waits for it and no task has it: an answer names the look by its code. The
 * rows are read anew, and the answer counts if they give the same code. So nothing is stored.
 */

/** The request of somebody without an account. */
export interface AddressRequest {
  readonly ref: Pick<RequestRef, 'key'>;
  readonly record: { readonly subjectKey: string; readonly type: Product; readonly chain: string };
}

/**
 * Returns the request whose copy an officer may look into; or why there is none. `account`: the
 * rows of an account wait for the look of its export. Pure.
 */
export function requestToLook({
  ref,
  record,
}: FoundRequest):
  | { readonly ok: true; readonly request: AddressRequest }
  | { readonly ok: false; readonly because: NoCopy | 'account' } {
  const { subjectKey, type, pseudonym: chain, entered, status } = record;
  if (!isExport(type)) return { ok: false, because: 'another' };
  if (entered?.unnamed === true) return { ok: false, because: 'unnamed' };
  if (subjectKey === undefined) return { ok: false, because: 'account' };
  if (entered?.identity.result !== 'proven') return { ok: false, because: 'doubted' };
  if (isFinal(status)) return { ok: false, because: 'final' };
  return { ok: true, request: { ref, record: { subjectKey, type, chain } } };
}

/** An officer's answer to a look. */
export interface CopyAnswer {
  /** The name of the look. */
  readonly code: string;
  /** Everything that is kept back, by the numbers of the rows; the rest is given. */
  readonly kept: readonly Kept[];
}

/** A row with words of others, and its record. */
interface OthersRow {
  readonly named: NamedRecord;
  readonly row: ExportRow;
}

/** Reads the rows, record by record; null: the address proves nothing any more. */
async function rowsToLook(
  context: Context,
  { record: { subjectKey, type, chain } }: AddressRequest,
): Promise<AsyncIterable<OthersRow> | null> {
  const records = planExport(context.policy, type).records.filter(({ record }) => record.export.look !== undefined);
  const whose = { uid: '', chain, subjectKey };
  const sources = await openSources(context, whose, records, { stopAt: Infinity, tolerant: false });
  if (sources === null) return null;
  const { read } = sources;
  return (async function* () {
    for (const named of records)
      for await (const row of shownRows({ uid: '', named }, read(named, undefined))) yield { named, row };
  })();
}

/** The rows of a look, each by a keyed hash. */
interface SeenRow {
  readonly record: string;
  readonly path: string;
  readonly hash: string;
}

const hashOf = (context: Context, { ref, record }: AddressRequest) =>
  hashesOf({ id: ref.key, pseudonym: record.chain }, context.keys);

/**
 * Shows the rows of a copy that an officer has to look at, one after the other. The caller notes
 * before that who reads.
 *
 * @param show gets each row with its record and its number, from 1 on
 * @returns the code that the answer gives; null: the address proves nothing any more
 * @throws the errors of the system: no look misses a row because a system did not answer
 */
export async function showCopyRows(
  context: Context,
  request: AddressRequest,
  show: (row: ExportRow, at: { readonly number: number; readonly record: string }) => void,
): Promise<{ readonly code: string; readonly rows: number } | null> {
  const seen = await seenNow(context, request, show);
  return seen && { code: codeOf(seen.map(({ hash }) => hash)), rows: seen.length };
}

async function seenNow(
  context: Context,
  request: AddressRequest,
  show: Parameters<typeof showCopyRows>[2] = () => undefined,
): Promise<SeenRow[] | null> {
  const rows = await rowsToLook(context, request);
  if (rows === null) return null;
  const hash = hashOf(context, request);
  const seen: SeenRow[] = [];
  for await (const { named, row } of rows) {
    seen.push({ record: named.id, path: named.record.path, hash: hash(row) });
    show(row, { number: seen.length, record: named.id });
  }
  return seen;
}

/** The decisions about the rows of each record. */
interface Decisions {
  readonly ok: true;
  readonly of: (record: string) => Looked | undefined;
  /** Rows that were not shown as they are now: they are not given. */
  unseen(): number;
  withheld(): Readonly<Record<string, readonly Withheld[]>>;
}

type NoDecisions = Extract<Copied, { readonly ok: false }>;

/**
 * Makes the decisions of an answer, after it was judged against the rows of now. Without rows to
 * look at none is needed. Reads the rows twice.
 */
export async function decisionsOn(
  context: Context,
  request: AddressRequest,
  answer: CopyAnswer | undefined,
): Promise<Decisions | NoDecisions> {
  const seen = await seenNow(context, request);
  if (seen === null) return { ok: false, because: 'address' };
  if (answer === undefined && seen.length > 0) {
    const rows = Object.fromEntries(
      [...Map.groupBy(seen, ({ record }) => record)].map(([record, all]) => [record, all.length]),
    );
    return { ok: false, because: 'toLook', rows };
  }
  const { code, kept } = answer ?? { code: codeOf([]), kept: [] };
  if (codeOf(seen.map(({ hash }) => hash)) !== code) return { ok: false, because: 'notSeen' };
  const unknown = kept.filter(({ row }) => seen[row - 1] === undefined).map(({ row }) => row);
  if (unknown.length > 0) return { ok: false, because: 'noRow', named: unknown };
  const make = (): ByRecord => decisionsBy(seen, kept, hashOf(context, request));
  const not = await judged(context, request, make());
  if (not !== undefined) return not;
  const decisions = make();
  return {
    ok: true,
    of: (record) => decisions.get(record)?.decision,
    unseen: () => sum([...decisions.values()].map(({ decision }) => decision.unseen())),
    withheld: () =>
      Object.fromEntries(
        [...decisions].flatMap(([record, { decision }]) => {
          const all = decision.withheld();
          return all.length === 0 ? [] : [[record, all]];
        }),
      ),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The decision about the rows of a record. */
interface OfRecord {
  readonly decision: Decision;
  /** Rows of the look before them: a decision counts from 1 on. */
  readonly before: number;
  readonly kept: readonly Kept[];
}

type ByRecord = ReadonlyMap<string, OfRecord>;

function decisionsBy(seen: readonly SeenRow[], kept: readonly Kept[], hash: (row: ExportRow) => string): ByRecord {
  const decisions = new Map<string, OfRecord>();
  for (const [record, rows] of Map.groupBy(seen, (row) => row.record)) {
    const before = seen.findIndex((row) => row.record === record);
    const theirs = kept
      .filter(({ row }) => seen[row - 1]?.record === record)
      .map((one) => ({ ...one, row: one.row - before }));
    const look = {
      ...{ hashes: rows.map((row) => row.hash), more: false, hashOf: hash },
      ...{ promised: 0, path: rows[0]?.path ?? '', uid: '' },
    };
    decisions.set(record, { decision: decide(look, theirs), before, kept: theirs });
  }
  return decisions;
}

/** Asks the decisions about every row of now; undefined: the answer can be carried out. */
async function judged(
  context: Context,
  request: AddressRequest,
  decisions: ByRecord,
): Promise<NoDecisions | undefined> {
  const rows = await rowsToLook(context, request);
  if (rows === null) return { ok: false, because: 'address' };
  for await (const { named, row } of rows) {
    const found = decisions.get(named.id);
    // A record that had no such row has one since.
    if (found === undefined) return { ok: false, because: 'notSeen' };
    found.decision.given(row);
  }
  const all = [...decisions.values()];
  if (all.some(({ decision }) => decision.unseen() > 0)) return { ok: false, because: 'notSeen' };
  const without = all.flatMap(({ decision, before }) => decision.withoutField().map(({ row }) => row + before));
  if (without.length > 0) return { ok: false, because: 'noField', named: without };
  const isEmpty = all.some(({ decision, kept }) => kept.length > 0 && decision.shown() > 0 && decision.left() === 0);
  return isEmpty ? { ok: false, because: 'everything' } : undefined;
}
