import type { DocumentData, Firestore } from 'firebase-admin/firestore';
import { OFFICERS_STEP } from '../../functions/src/officerTasks/task.ts';

/** An entry of a person's ledger, in the order of the chain. */
export interface LedgerEntry {
  readonly seq: number;
  readonly kind: string;
  readonly state: string;
  readonly purpose?: string;
  readonly permission?: string;
  readonly hash: string;
  readonly previousHash: string;
}

export async function readLedger(db: Firestore, pseudonym: string): Promise<LedgerEntry[]> {
  const { docs } = await db.collection(`ledger/${pseudonym}/entries`).orderBy('seq').get();
  return docs.map((doc) => doc.data() as LedgerEntry);
}

export interface LedgerHead {
  readonly seq: number;
  readonly current: Readonly<Record<string, string>>;
  readonly closed?: object;
}

export async function readHead(db: Firestore, pseudonym: string): Promise<LedgerHead | undefined> {
  return (await db.doc(`ledger/${pseudonym}`).get()).data() as LedgerHead | undefined;
}

/** Kinds of people's decisions; the ledger also holds their effects (`effect`). */
const DECISIONS = ['consent', 'devicePermission'];

export async function countEntries(db: Firestore): Promise<number> {
  return (await db.collectionGroup('entries').where('kind', 'in', DECISIONS).count().get()).data().count;
}

export interface JobView {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly steps: Readonly<Record<string, StepView>>;
}

interface StepView {
  readonly state: string;
  readonly attempts: number;
  readonly outcomes: readonly OutcomeView[];
  readonly error?: { readonly code: string; readonly message: string };
}

export interface OutcomeView {
  readonly record?: string;
  readonly recipient?: string;
  readonly outcome: string;
  readonly count: number;
}

const jobOf = (id: string, data: DocumentData): JobView => ({ ...(data as Omit<JobView, 'id'>), id });

/** Returns the jobs of a kind for a person. */
export async function readJobs(db: Firestore, kind: string, pseudonym: string): Promise<JobView[]> {
  const { docs } = await db.collection('jobs').where('pseudonym', '==', pseudonym).get();
  return docs.map((doc) => jobOf(doc.id, doc.data())).filter((job) => job.kind === kind);
}

/** Does a job wait for nothing but officers' tasks? */
const waitsForOfficers = ({ steps }: JobView): boolean =>
  Object.entries(steps).every(([id, { state }]) => state === 'done' || (id === OFFICERS_STEP && state === 'waiting'));

/** Returns the jobs of a kind that still have something to do by themselves. */
export async function openJobs(db: Firestore, kind: string): Promise<JobView[]> {
  const { docs } = await db.collection('jobs').where('kind', '==', kind).get();
  const open = new Set(['waiting', 'running']);
  return docs.map((doc) => jobOf(doc.id, doc.data())).filter((job) => open.has(job.status) && !waitsForOfficers(job));
}

/** Describes a job's state, with the steps that keep it from being completed. */
export function standing(job: JobView | undefined): string {
  if (job === undefined) return 'no job';
  if (job.status === 'completed') return job.status;
  const steps = Object.entries(job.steps).filter(([, step]) => step.state !== 'done');
  const why = steps.map(
    ([id, { state, error }]) => `${id} ${state}${error ? ` (${error.code}: ${error.message})` : ''}`,
  );
  return `${job.status}: ${why.slice(0, 3).join('; ')}`;
}

export const outcomesOf = (job: JobView | undefined): OutcomeView[] =>
  Object.values(job?.steps ?? {}).flatMap((step) => step.outcomes);
