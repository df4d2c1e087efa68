import { startBrevo } from '../../../emulator/standins/index.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { loadSystem } from '../../../functions/src/systems/registry.ts';
import type { NamedRecord, Subject } from '../../../functions/src/systems/system.ts';
import { Control } from '../faults.ts';
import { collect, recordsOf, scopeFor, testContext } from '../harness.ts';

function recordOf(id: string): NamedRecord {
  const found = recordsOf(amikeo, 'brevo').find((record) => record.id === id);
  if (found === undefined) throw new Error(`the policy has no record ${id}`);
  return found;
}
export const contactRecord = recordOf('brevoContact');
export const logRecord = recordOf('brevoEmails');

/** Far from the suite's time, so that a walk back that begins at the wrong moment shows. */
export const today = Date.parse('2026-11-05T09:30:00Z');

/** Opens an account of its own, with a time that the test moves. */
export async function openAccount(since = Date.UTC(2012, 0, 1)) {
  const time = { now: today };
  const now = () => time.now;
  const own = await startBrevo({ now });
  const base = testContext({ brevo: own.url });
  const world = { ...base, now, config: { ...base.config, brevoSince: since } };
  const [client, controls] = [await world.clients.brevo(), new Control(own.url)];
  const system = await loadSystem('brevo', world);
  const at = async <T>(moment: number, what: () => Promise<T>): Promise<T> => {
    time.now = moment;
    return what().finally(() => (time.now = today));
  };
  const write = (moment: number, email: string, subject = 'Bonjour') =>
    at(moment, () =>
      client.transactionalEmails.sendTransacEmail({
        sender: { email: 'bonjour@amikeo.example' },
        to: [{ email }],
        subject,
        textContent: 'Bonjour',
      }),
    );
  const read = async (record: NamedRecord, subject: Subject) => {
    const scope = { ...(await scopeFor(system, amikeo, subject)), now: time.now };
    await controls.clear();
    return collect(system.read(record, scope));
  };
  const asked = async (path: string) => (await controls.requests()).filter((request) => request.path.includes(path));
  const pass = (ms: number) => (time.now = today + ms);
  return { client, controls, system, at, write, read, asked, pass, stop: () => own.stop() };
}
