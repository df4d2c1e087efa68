import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import type { Policy, PolicyRecord } from '../policy/schema.ts';
import { inLanguages } from '../texts/index.ts';
import type { NamedRecord, Row } from '../systems/system.ts';
import { openParts } from '../requests/answered.ts';
import { openPart, publishPart, type Added, type ClosedPart, type NoPart, type OpenPart } from './officersPart.ts';
import { nameOf } from './sources.ts';

/** A file that a recipient gave. */
export interface OfficersFile {
  readonly name: string;
  readonly bytes: number;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/**
 * An officer's answer for one of the open sources. Without files: they asked, and there is nothing.
 */
export interface Addendum {
  readonly uid: string;
  /** The id of the request, or its key, as `compliance due` shows it. */
  readonly request: string;
  readonly source: string;
  readonly files: readonly OfficersFile[];
  /** The pseudonym of the one who adds it, if they were named. */
  readonly officer?: string | undefined;
}

/**
 * Adds to an export that waits for it the data that an officer got from a recipient without an
 * interface, or read by hand (Art. 15(3)). They are one more part: an archive of its own with
 * table, page and signed manifest. The officer's task of the part is closed with it
 * (officersPart.ts). Rows that an officer has to look at are given by their own answer (look/).
 */
export async function addOfficersPart(context: Context, order: Addendum): Promise<Added> {
  const { uid, source, files, officer } = order;
  const opened = await openToAdd(context, order);
  if ('because' in opened) {
    const { because, task, open } = opened;
    if (because !== 'before') return { ok: false, because, ...defined({ open }) };
    // Files that came to nothing before are not called added now.
    const isSame = files.length === 0 || task?.proof !== undefined;
    return isSame ? { ok: true, completed: true, open: [], before: true } : { ok: false, because: 'notWaiting' };
  }
  const content = { named: sourceRecord(context.policy, source), read: () => rowsOf(source, files) };
  return publishPart(context, opened, { uid, source, officer, ...(files.length === 0 ? {} : { content }) });
}

/** Finds the part that an officer would add. Costs a few reads. */
export async function openToAdd(
  context: Context,
  order: Pick<Addendum, 'uid' | 'request' | 'source'>,
): Promise<OpenPart | (Omit<ClosedPart, 'because'> & { readonly because: NoPart | 'toLook' })> {
  const opened = await openPart(context, order);
  // Nothing is added to rows that an officer looks at, neither before nor after their answer.
  const isRefused = 'because' in opened && opened.because !== 'before';
  const { task } = opened;
  if (isRefused || task === undefined || !('look' in task.for)) return opened;
  return { because: 'toLook', open: 'tasks' in opened ? openParts(opened.tasks) : [] };
}

async function* rowsOf(source: string, files: readonly OfficersFile[]): AsyncGenerator<Row> {
  for (const { name, bytes, read } of files) {
    yield {
      path: `${source}/${name}`,
      data: { name, size: bytes },
      content: { stream: read, size: bytes, contentType: 'application/octet-stream' },
    };
  }
}

/** The files of a source as a record of its own: its name, and nothing that reads or ends it. */
function sourceRecord(policy: Policy, id: string): NamedRecord {
  const none = inLanguages(policy, ({ officer }) => officer.added);
  const record: PolicyRecord = {
    name: nameOf(policy, id),
    system: 'manual',
    path: '**',
    subject: { none },
    timestamp: null,
    purposes: [],
    dataTypes: [],
    provided: false,
    fate: [],
    export: { access: true, portability: true },
    source: { kind: 'ownChoice', reference: none },
  };
  return { id, record };
}
