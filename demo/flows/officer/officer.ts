import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestType } from '../../../functions/src/requests/request.ts';
import { sendsMail } from '../../../functions/src/policy/lookup.ts';
import { awaitRequest } from '../../read/requests.ts';
import { pseudonym, type Stage } from '../../stage.ts';
import type { Flow, Played, Say } from '../flow.ts';
import { askInApp, wishesOf, type Wish } from './asking.ts';
import { answerMessage, correct, extend, refuse, takeCall, takeLetter } from './cases.ts';
import { readAs } from './reading.ts';
import { lettersOf, rowsOf, type Seen } from './seen.ts';

/** A request as the register has it. */
interface Listed {
  readonly request: string;
  readonly pseudonym: string;
  readonly type: RequestType;
  readonly reply: string;
  readonly decidedBy: string;
}

type Register = { readonly requests: readonly Listed[] };

async function work(stage: Stage, folder: string, say: Say): Promise<Seen> {
  const { officer, clients, policy } = stage;
  const wishes = wishesOf(stage);
  say('people ask for something in the app');
  await Promise.all(Object.values(wishes).map((wish) => askInApp(stage, wish)));

  say(`${officer.name} reads and answers`);
  const { requests } = await officer.ask<Register>('request', 'list');
  const keyOf = ({ who, type }: Wish): string =>
    requests.find((one) => one.type === type && one.pseudonym === pseudonym(stage, who.account.uid))?.request ?? 'none';
  const key = keyOf(wishes.corrected);
  const { details } = await officer.ask<{ details: { known: { text?: unknown } } }>('request', 'show', key);
  const corrected = await correct(stage, wishes.corrected, key);
  const refused = await refuse(stage, wishes.refused, keyOf(wishes.refused));
  const extension = await extend(stage, keyOf(wishes.objects));
  const call = await takeCall(stage, join(folder, 'call.html'));
  const letter = await takeLetter(stage, join(folder, 'letter.html'));
  const message = sendsMail(policy) ? await answerMessage(stage, join(folder, 'answer.txt')) : undefined;

  say('the people read');
  const other = wishes.sees.who.account.uid;
  const access = await awaitRequest(clients.app, other, 'access', ({ status }) => status === 'waiting');
  const erasure = await awaitRequest(clients.app, other, 'erasure', ({ status }) => status === 'cancelled');
  const register = (await officer.ask<Register>('request', 'list', '--all')).requests;
  return {
    types: register.map(({ type }) => type),
    ownWords: { written: wishes.corrected.details.text, read: details.known.text },
    corrected: await readAs(stage, corrected),
    refused: await readAs(stage, refused),
    extension,
    call: { ...call, told: await readAs(stage, call) },
    letter: { ...letter, told: await readAs(stage, letter) },
    message: message && { ...message, told: await readAs(stage, message) },
    access: access?.status,
    erasure: erasure?.status,
    deciders: {
      found: register.filter(({ reply }) => reply !== '').map((one) => one.decidedBy),
      officer: await officer.pseudonym(),
      names: await countNames(stage),
    },
  };
}

/** Counts the documents about requests and answers that have the officer's name. */
async function countNames({ officer, clients: { compliance } }: Stage): Promise<number> {
  const all = await Promise.all(['requests', 'contactAnswers'].map((name) => compliance.collection(name).get()));
  const documents = all.flatMap(({ docs }) => docs);
  return documents.filter((one) => JSON.stringify(one.data()).includes(officer.name)).length;
}

export const officer: Flow = {
  title: '6 · An officer answers, and people read it',
  async run(stage: Stage, say): Promise<Played> {
    const folder = await mkdtemp(join(tmpdir(), 'officer-'));
    try {
      const seen = await work(stage, folder, say);
      return { letters: lettersOf(seen), rows: rowsOf(seen) };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
