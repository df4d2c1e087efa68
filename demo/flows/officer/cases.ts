import { writeFile } from 'node:fs/promises';
import { person, type Stage } from '../../stage.ts';
import { sendForm, type Wishes } from './asking.ts';
import { accountOf, type Sent } from './reading.ts';
import { NOT_ALLOWED, type Seen, type Words } from './seen.ts';

const DAY_MS = 86_400_000;

/** Sends a letter, and returns its words as the command shows them. */
async function send({ officer }: Stage, ...args: readonly string[]): Promise<Words> {
  const answer = await officer.ask<Words & { ok: boolean; because?: string }>('request', ...args, '--send');
  if (!answer.ok) throw new Error(`compliance request ${args[0] ?? ''} says no: ${answer.because ?? ''}`);
  return answer;
}

/** Corrects it in the app, and says so. */
export async function correct(stage: Stage, { who, details }: Wishes['corrected'], key: string): Promise<Sent> {
  await stage.clients.app.doc(`users/${who.account.uid}`).update({ postalCode: details.correction });
  const letter = await send(stage, 'answer', key, '--words', `Your postal code is ${details.correction} now.`);
  return { letter, reader: accountOf(who, 'rectification') };
}

export async function refuse(stage: Stage, { who }: Wishes['refused'], key: string): Promise<Sent> {
  const why = ['--because', 'conditions', '--words', 'Nous avons vérifié : votre profession est juste.'];
  return { letter: await send(stage, 'refuse', key, ...why), reader: accountOf(who, 'restriction') };
}

/** Wants more time. */
export async function extend({ officer, policy }: Stage, key: string): Promise<Seen['extension']> {
  const why = ['--because', 'complexity', '--words', 'We have to ask our developers.'];
  const { ok, because = '' } = await officer.ask<{ ok: boolean; because?: string }>(
    ...['request', 'extend', key, ...why, '--send'],
  );
  const isAllowed = policy.rights.answerWithin.extension !== undefined;
  return { isAllowed, result: ok ? 'extended' : because === 'policy' ? NOT_ALLOWED : because };
}

/** A call that the officer doubts: she asks, the clock stands, the answer comes, she answers. */
export async function takeCall(stage: Stage, page: string) {
  const { officer, clients } = stage;
  const { account } = person(stage, 'noEmail');
  const { uid } = account;
  const now = Date.now();
  const ago = (days: number): string => new Date(now - days * DAY_MS).toISOString();
  const entry = ['--type', 'rectification', '--channel', 'call', '--received', ago(10), '--uid', uid];
  const enter = (...identity: string[]) =>
    officer.ask<{ key: string; dueAt: string }>('request', 'enter', ...entry, '--identity', ...identity);
  const { key, dueAt } = await enter('none');
  await officer.ask('request', 'pause', key, '--uid', uid, '--because', 'identity', '--since', ago(8));
  await officer.ask('request', 'resume', key, '--uid', uid, '--at', ago(5));
  const requests = clients.app.collection(`users/${uid}/privacyRequests`);
  const before = (await requests.where('type', '==', 'rectification').count().get()).data().count;
  const proven = await enter('callBack', '--proven');
  await clients.app.doc(`users/${uid}`).update({ firstName: 'Zoë' });
  const letter = await send(stage, 'answer', key, '--words', 'Votre prénom est maintenant Zoë.', '--page', page);
  const due = [Date.parse(dueAt), Date.parse(proven.dueAt)] as const;
  return {
    before,
    due,
    letter,
    reader: { who: account.displayName, request: { uid, type: 'rectification' }, page },
  } as const;
}

/** A letter of somebody without an account: "do you have anything about me?" */
export async function takeLetter(stage: Stage, page: string) {
  const { officer, world } = stage;
  const [row] = world.surroundings.rows.filter(({ place, data }) => place === 'contactRequests' && 'email' in data);
  const email = row?.data['email'];
  if (typeof email !== 'string') throw new Error('nobody without an account has written');
  const own = world.surroundings.rows.filter(({ data, expired }) => data['email'] === email && !expired);
  const rows = own.filter(({ place }) => place === 'contactRequests').length;
  const entry = ['--type', 'access', '--channel', 'letter', '--received', new Date().toISOString().slice(0, 10)];
  const { key, findings } = await officer.ask<{ key: string; findings: { rows: Record<string, number> } }>(
    ...['request', 'enter', ...entry, '--email', email, '--identity', 'papers', '--proven'],
  );
  const found = findings.rows['contactRequests'];
  const words = ['--language', 'en', '--words', `We have ${found ?? 0} messages that you sent with our contact form.`];
  const letter = await send(stage, 'answer', key, ...words, '--page', page);
  return { rows, found, letter, reader: { who: 'Somebody without an account', email, page } };
}

/** A message of the contact form: answered twice by mistake, then closed. */
export async function answerMessage(stage: Stage, file: string) {
  const { officer, clients } = stage;
  const email = 'visitor@post.example';
  const id = await sendForm(stage, {
    email,
    firstName: 'Sam',
    lastName: 'Rivers',
    message: 'Does AMIKEO run on an old tablet?',
  });
  await writeFile(file, 'Yes: on every tablet with Android 9 or later.\n');
  const answer = ['contact', 'answer', id, '--file', file, '--language', 'en', '--send'];
  const { text: letter } = await officer.ask<{ text: Words }>(...answer);
  await officer.ask(...answer);
  await officer.ask('contact', 'close', id);
  const closed = (await clients.app.doc(`contactRequests/${id}`).get()).get('closedAt') as unknown;
  return { isClosed: closed !== undefined, letter, reader: { who: 'A visitor of the website', email } };
}
