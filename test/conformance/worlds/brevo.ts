import { afterAll } from 'vitest';
import { startBrevo } from '../../../emulator/standins/index.ts';
import { loadSystem } from '../../../functions/src/systems/registry.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { Control } from '../faults.ts';
import { NOW, testContext } from '../harness.ts';

/** A local Brevo of one test file, with the actions and questions of its tests. */
const server = await startBrevo();
const first = testContext({ brevo: server.url });
export const control = new Control(server.url);
export const brevo = await first.clients.brevo();
export const list = (await brevo.contacts.createList({ name: 'News', folderId: 1 })).id;
const context = { ...first, config: { ...first.config, brevoMarketingList: list } };
export const system = await loadSystem('brevo', context);
afterAll(() => server.stop());

export async function contact(email: string, extId?: string): Promise<number> {
  const attributes = { PRENOM: 'Camille', NOM: 'Martin' };
  await brevo.contacts.createContact({
    email,
    attributes,
    listIds: [list],
    ...(extId === undefined ? {} : { ext_id: extId }),
  });
  return (await brevo.contacts.getContactInfo({ identifier: email, identifierType: 'email_id' })).id;
}
export const mail = (email: string) =>
  brevo.transactionalEmails.sendTransacEmail({
    sender: { email: 'bonjour@amikeo.example' },
    to: [{ email }],
    subject: 'Bonjour',
    htmlContent: '<p>Bonjour</p>',
  });
/** Does something some days before the moment that the suite reads at. */
export async function before<T>(days: number, what: () => Promise<T>): Promise<T> {
  await control.put('clock', { now: NOW - days * DAY_MS });
  try {
    return await what();
  } finally {
    await control.put('clock', { now: null });
  }
}
export const find = async (identifier: string | number, identifierType: 'email_id' | 'contact_id' | 'ext_id') =>
  brevo.contacts.getContactInfo({ identifier, identifierType }).catch(() => null);
export const logged = async (email: string) =>
  (await brevo.transactionalEmails.getTransacEmailsList({ email })).count ?? 0;
