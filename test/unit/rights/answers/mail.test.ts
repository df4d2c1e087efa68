import { describe, expect, it } from 'vitest';
import type { Standins } from '../../../../emulator/standins/index.ts';
import type { Runners } from '../../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { sha256Hex } from '../../../../functions/src/crypto/hash.ts';
import { headRef } from '../../../../functions/src/ledger/documents.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { findRequest } from '../../../../functions/src/rights/answers/find.ts';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { showRequest } from '../../../../functions/src/rights/answers/show.ts';
import { queueRunner } from '../../../../functions/src/rights/queue.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import type { PersonQuery } from '../../../../functions/src/proof/findPerson.ts';
import { NOW, type World } from '../../erasure/memory.ts';
import { eachInWorld } from '../ways/letters.ts';
import { OFFICER } from './answers.sample.ts';

let servers: Standins;
let world: World;
let context: Context;
eachInWorld((made, started) => {
  [world, servers] = [made, started];
  const brevoSender = { name: 'AMIKEO', email: 'bonjour@amikeo.example' };
  context = { ...world.context, config: { ...world.context.config, brevoSender } };
});

/** The e-mails that Brevo took, as bodies of its requests. */
async function mails(): Promise<{ to: readonly { email: string }[]; textContent: string }[]> {
  const answer = await fetch(`${servers.brevoUrl}/_control/requests`);
  const all = (await answer.json()) as { path: string; status: number | null; body: never }[];
  return all.filter(({ path, status }) => path === '/v3/smtp/email' && status === 201).map(({ body }) => body);
}

const runners = { request: async (c) => queueRunner(c) } as Runners;
let number = 0;

/** Enters a letter of a person, and refuses it; returns the key, and the letter that was sent. */
async function refuse(person: PersonQuery, proven = true) {
  const order = { channel: 'letter', receivedAt: NOW, type: 'objection', power: 'self' } as const;
  const { key } = await enterRequest(context, { ...order, person, method: proven ? 'papers' : 'none', proven });
  const found = await findRequest(context, key, 'uid' in person ? person.uid : undefined);
  if (typeof found === 'string') throw new Error(found);
  const refusal = { kind: 'refused', reason: proven ? 'conditions' : 'unidentified' } as const;
  const planned = await planReply(context, found, { order: refusal, words: 'In our words.', language: 'fr' });
  if (!planned.ok) throw new Error(planned.because);
  expect((await sendReply(context, found, planned.reply, OFFICER)).ok).toBe(true);
  const job = `reply_refused_${key}`;
  for (let times = 0; times < 2; times++) await runJob(context, runners, job);
  const record = await loadRequest(context, key);
  return { key, found, reply: planned.reply, record };
}

describe('a letter by e-mail', () => {
  it('goes once to the verified address, in exactly the words that were shown, and names nobody who opens it', async () => {
    const uid = `mailed${(number += 1)}`;
    const email = `${uid}@example.com`;
    world.sign(uid, { email, emailVerified: true });
    const before = (await mails()).length;
    const { reply, record } = await refuse({ uid });
    expect(reply.mail).toBe(true);
    const to = [{ email, contactPixelTrackingConsent: false }];
    const sent = (await mails()).slice(before);
    expect(sent).toMatchObject([{ to, textContent: reply.text }]);
    // Plain text: an HTML part could carry a pixel.
    expect(sent[0]).not.toHaveProperty('htmlContent');
    expect(record).toMatchObject({ status: 'refused', reply: { end: 'sent', sha256: sha256Hex(reply.text) } });
    expect(record?.reply).not.toHaveProperty('words');
  });

  it('goes to the proven address of somebody without an account, who gets no chain', async () => {
    const email = `written${(number += 1)}@example.com`;
    const before = (await mails()).length;
    const { record, reply, found } = await refuse({ email });
    expect((await mails()).slice(before)).toMatchObject([{ to: [{ email }], textContent: reply.text }]);
    expect(record).toMatchObject({ status: 'refused', reply: { end: 'sent', by: OFFICER } });
    expect((await headRef(context.clients.own(), found.record.pseudonym).get()).exists).toBe(false);
  });

  it('goes to no address that nobody has proven: the officer sees it, and has the page', async () => {
    const email = `claimed${(number += 1)}@example.com`;
    const before = (await mails()).length;
    const { record, reply, found } = await refuse({ email }, false);
    expect(reply.mail).toBe(false);
    expect((await mails()).slice(before)).toEqual([]);
    expect(record).toMatchObject({ status: 'refused', reply: { end: 'noAddress' } });
    expect(await showRequest(context, found)).toMatchObject({ uid: '', address: { email, isProven: false } });
  });
});
