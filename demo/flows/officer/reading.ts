import { readFile } from 'node:fs/promises';
import type { Person } from '../../../fixtures/index.ts';
import { sendsMail } from '../../../functions/src/policy/lookup.ts';
import type { RequestType } from '../../../functions/src/requests/request.ts';
import { readMail } from '../../read/mail.ts';
import { awaitRequest } from '../../read/requests.ts';
import type { Stage } from '../../stage.ts';
import { until } from '../../wait.ts';
import type { Told, Words } from './seen.ts';

/** A reader of a letter, and where it can come. */
export interface Reader {
  readonly who: string;
  /** Absent: they have no account. */
  readonly request?: { readonly uid: string; readonly type: RequestType };
  readonly email?: string | undefined;
  /** The file of a printed page. */
  readonly page?: string;
}

/** A letter that was sent, and its reader. */
export interface Sent {
  readonly letter: Words;
  readonly reader: Reader;
}

/** Waits until a letter has come on each way that its reader has, and reads it there. */
export async function readAs(stage: Stage, { letter, reader }: Sent): Promise<Told> {
  const { who, request, email, page } = reader;
  const isMailed = email !== undefined && sendsMail(stage.policy);
  const { subject, text } = letter;
  const app =
    request === undefined
      ? undefined
      : await awaitRequest(stage.clients.app, request.uid, request.type, ({ reply }) => reply !== undefined);
  const mail = await until(
    async () => (email === undefined ? [] : readMail(stage.suite, email)),
    (all) => !isMailed || all.some((one) => one.subject === subject),
    { within: 60_000 },
  );
  return {
    ...{ who, subject, text, app, mail },
    ways: [
      ...(request === undefined ? [] : (['in the app'] as const)),
      ...(isMailed ? (['by e-mail'] as const) : []),
      ...(page === undefined ? [] : (['on paper'] as const)),
    ],
    page: page === undefined ? '' : await readFile(page, 'utf8'),
  };
}

export const accountOf = ({ account: { uid, email, displayName } }: Person, type: RequestType): Reader => ({
  who: displayName,
  request: { uid, type },
  email,
});
