import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from '../../../functions/src/erasure/certificate/shape.ts';
import type { Officer } from '../../officer.ts';
import { same, sameSet, type Row } from '../../report.ts';

/** The tasks of an erasure, as the officer saw and closed them. */
export interface Asked {
  /** How many there were, and how many she has closed. */
  readonly tasks: number;
  readonly closed: number;
  /** The companies that she had to ask. */
  readonly companies: readonly string[];
  /** By what the sheet of the first one knows the person. */
  readonly known: readonly string[];
  /** SHA-256 of the first one's answer. */
  readonly proof: string;
  /** The answer to calling the last one's task impossible. */
  readonly excuse: string;
}

interface Task {
  readonly id: string;
  readonly status: string;
  readonly for: { readonly recipient?: string };
}

interface Closed {
  readonly ok: boolean;
  readonly because?: string;
}

const ANSWER = 'Case 4711: we have deleted everything that you asked us about.\n';

/**
 * Closes the tasks of an erasure: the first company has answered, the last one never does, the
 * others have confirmed.
 *
 * @param companies those that no interface reaches, by the policy
 */
export async function closeTasks(officer: Officer, job: string, companies: readonly string[]): Promise<Asked> {
  const list = async (): Promise<readonly Task[]> =>
    (await officer.ask<{ tasks: readonly Task[] }>('officer-task', 'list', '--job', job)).tasks;
  const tasks = await list();
  const [first, ...others] = companies.flatMap((id) => tasks.find((task) => task.for.recipient === id) ?? []);
  const last = others.at(-1);
  if (first === undefined || last === undefined) throw new Error('the erasure left fewer than two companies to ask');
  const { sheet } = await officer.ask<{ sheet: { known: readonly { kind: string }[] } | null }>(
    ...['officer-task', 'show', first.id],
  );
  const folder = await mkdtemp(join(tmpdir(), 'officer-'));
  try {
    const file = join(folder, 'answer.txt');
    await writeFile(file, ANSWER);
    await officer.ask('officer-task', 'done', first.id, '--note', 'case 4711', '--proof', file);
  } finally {
    await rm(folder, { recursive: true });
  }
  const reason = ['--reason', 'it never answers'];
  const excuse = await officer.ask<Closed>('officer-task', 'impossible', last.id, ...reason);
  await officer.ask('officer-task', 'unconfirmed', last.id, '--note', 'asked twice, no answer');
  for (const { id } of tasks.filter((task) => task !== first && task !== last))
    await officer.ask('officer-task', 'done', id);
  return {
    tasks: tasks.length,
    closed: (await list()).filter(({ status }) => status !== 'open').length,
    companies: [first, ...others].flatMap((task) => task.for.recipient ?? []),
    known: sheet?.known.map(({ kind }) => kind) ?? [],
    proof: createHash('sha256').update(ANSWER).digest('hex'),
    excuse: excuse.because ?? 'taken',
  };
}

/** The officer's words about each company, as a certificate has them. */
export type Words = Readonly<Record<string, string>>;

const wordOf = ({ outcomes }: Certificate['recipients'][number]): string | undefined => {
  const [word] = outcomes.flatMap((one) => ('officer' in one && one.officer !== undefined ? [one] : []));
  if (word === undefined) return undefined;
  const state = word.outcome === 'done' ? 'confirmed' : word.outcome;
  return word.officer?.proof === undefined ? state : proven(word.officer.proof);
};

const proven = (sha256: string): string => `confirmed, SHA-256 ${sha256.slice(0, 12)}…`;

/** Reads them out of a certificate. */
export const wordsIn = ({ recipients }: Pick<Certificate, 'recipients'>): Words =>
  Object.fromEntries(
    recipients.flatMap((one) => {
      const word = wordOf(one);
      return word === undefined ? [] : [[one.recipient, word]];
    }),
  );

/**
 * @param words as the final certificate has them
 * @param sheets how many are left
 */
export function rowsOfTasks(
  { tasks, closed, companies, known, proof, excuse }: Asked,
  words: Words,
  sheets: number,
): Row[] {
  const [first = '', ...others] = companies;
  const last = others.at(-1) ?? '';
  const confirmed = others.slice(0, -1);
  return [
    same('The officer closes every task', tasks, closed),
    same(`Her sheet for ${first}: it knows the person by`, ['uid', 'email'], known),
    same(`${last} cannot be excused: it is a processor`, 'notAController', excuse),
    same(`Certificate: ${first} has answered`, proven(proof), words[first]),
    same(`Certificate: ${last} never answered`, 'unconfirmed', words[last]),
    sameSet(
      'Certificate: the other companies, confirmed',
      confirmed,
      confirmed.filter((id) => words[id] === 'confirmed'),
    ),
    same('Sheets that still tell who it was', 0, sheets),
  ];
}
