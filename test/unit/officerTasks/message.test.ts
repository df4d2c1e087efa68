import { afterEach, beforeEach, expect, it } from 'vitest';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { liftHold, setHold } from '../../../functions/src/erasure/holds.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import { DAY_MS, MINUTE_MS } from '../../../functions/src/platform/time.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { EMAIL, goOn, jobNow, officersWorld, UID } from './erasure.sample.ts';

/** The e-mail that tells a person of the wait for officers is the last trace of them in a log. */

let standins: Standins;
let now = 0;
beforeEach(async () => {
  standins = await startStandins({ now: () => now });
});
afterEach(() => standins.stop());

const brevo = (path: string, method = 'GET', body?: object): Promise<Response> =>
  fetch(`${standins.brevoUrl}${path}`, {
    method,
    headers: { 'api-key': 'test', 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
async function inLog(): Promise<number> {
  const answer = await brevo(`/v3/smtp/emails?email=${EMAIL}`);
  return ((await answer.json()) as { transactionalEmails?: unknown[] }).transactionalEmails?.length ?? 0;
}
/** The calls to Brevo so far, of one method or all. */
const asked = async (method = ''): Promise<number> => {
  const all = (await (await brevo('/_control/requests')).json()) as { readonly method: string }[];
  return all.filter((call) => call.method.includes(method)).length;
};

/** An erasure that waits for officers, with the local Brevo to write to the person. */
async function mailingWorld() {
  const world = await officersWorld({ ...amikeo });
  const { context } = world;
  const sender = { name: 'AMIKEO', email: 'bonjour@amikeo.example' };
  const config = { ...context.config, brevoApiBase: new URL(standins.brevoUrl), brevoSender: sender };
  const real = createClients(config, () => 'sk');
  now = context.time.now;
  return { ...world, context: { ...context, config, clients: { ...context.clients, brevo: () => real.brevo() } } };
}
type World = Awaited<ReturnType<typeof mailingWorld>>;
const later = async (world: World, ms: number): Promise<void> => {
  now = world.context.time.now += ms;
  await goOn(world);
};

it('is sent once, and ended when the log has it; nothing is looked for after that', async () => {
  const world = await mailingWorld();
  await goOn(world);
  expect([await inLog(), await asked('DELETE')]).toEqual([1, 0]);
  for (let round = 0; round < 30 && (await inLog()) > 0; round++) await later(world, MINUTE_MS);
  expect(await inLog()).toBe(0);
  for (let round = 0; round < 3; round++) await later(world, MINUTE_MS);
  const before = await asked();
  await later(world, DAY_MS);
  expect(await asked()).toBe(before);
  expect(await jobNow(world)).toMatchObject({ steps: { officers: { state: 'waiting' } } });
});

it('stays in the log while a legal hold keeps it, and is ended when that is over', async () => {
  const world = await mailingWorld();
  await goOn(world);
  const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
  const { id } = await setHold(world.context, { uid: UID, ground });
  for (let round = 0; round < 30; round++) await later(world, MINUTE_MS);
  expect([await inLog(), await asked('DELETE')]).toEqual([1, 0]);
  expect(await liftHold(world.context, id)).toMatchObject({ ok: true, woken: [world.job.id] });
  for (let round = 0; round < 30 && (await inLog()) > 0; round++) await later(world, MINUTE_MS);
  expect(await inLog()).toBe(0);
});

it('is looked for by its address: the contact of a new account with the uid stays', async () => {
  const world = await mailingWorld();
  await goOn(world);
  expect((await brevo('/v3/contacts', 'POST', { email: 'next@example.org', ext_id: UID })).status).toBe(201);
  for (let round = 0; round < 30; round++) await later(world, MINUTE_MS);
  expect(await inLog()).toBe(0);
  expect((await brevo('/v3/contacts/next%40example.org?identifierType=email_id')).status).toBe(200);
});

it('does not lead to a contact that only an address proved which is somebody else’s by then', async () => {
  const world = await mailingWorld();
  const made = (await (await brevo('/v3/contacts', 'POST', { email: EMAIL })).json()) as { id: number };
  const at = world.context.own.doc(`subjects/${UID}/identities/${world.job.id}`);
  const identity = JSON.parse(String((await at.get()).get('identity'))) as object;
  const handles = [{ system: 'brevo', id: String(made.id), only: { by: 'email', value: EMAIL } }];
  await writeSealed(at, { identity: JSON.stringify({ ...identity, handles }) }, world.context.keys);
  await goOn(world);
  world.users.push({
    ...{ uid: 'another', email: EMAIL, emailVerified: true },
    metadata: { creationTime: new Date(world.context.time.now).toUTCString() },
  });
  for (let round = 0; round < 30; round++) await later(world, MINUTE_MS);
  expect((await brevo(`/v3/contacts/${encodeURIComponent(EMAIL)}?identifierType=email_id`)).status).toBe(200);
});
