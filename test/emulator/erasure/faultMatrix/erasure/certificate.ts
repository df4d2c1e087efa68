import { verifyCertificate } from '../../../../../functions/src/erasure/certificate/certificate.ts';
import { signerFrom } from '../../../../../functions/src/crypto/sign.ts';
import { again } from '../again.ts';
import { erasureIn } from './judge.ts';
import { email, formerEmail, planted, uid, type Person } from '../person.ts';
import type { State } from '../state.ts';
import { signingKeys, type World } from '../world.ts';
import type { Wrong } from '../wrong.ts';

/**
 * Checks the certificate of a completed erasure. There is one, however often its process died. It
 * verifies, claims no more than there was, and names nobody. The state of every system shows that
 * everything it calls done is gone.
 */
export async function faultsOfCertificate(world: World, { chain }: Person, state: State): Promise<Wrong[]> {
  const job = erasureIn(state);
  const wrong: Wrong[] = [];
  const say = (what: string): void => void wrong.push({ kind: 'other', what: `certificate: ${what}` });
  if (job?.status !== 'completed') return [];
  const folder = `certificates/${chain}/`;
  const names = [...state.files.keys()]
    .filter((name) => name.startsWith(`evidence:${folder}`))
    .map((name) => name.slice(`evidence:${folder}`.length))
    .sort();
  const ends = ['.en.html', '.fr.html', '.json'];
  // An interim one as well, unless the tasks of officers were over before anything had to wait.
  const interim = names.some((name) => name.includes('.interim.')) ? ends.map((end) => `.interim${end}`) : [];
  const expected = [...ends, ...interim].map((end) => `${job.id}${end}`).sort();
  if (names.join(' ') !== expected.join(' ')) say(`there is ${names.join(' ')}`);
  if (!names.includes(`${job.id}.json`)) return wrong;
  const text = await textOf(world, `${folder}${job.id}.json`);
  const { publicKey } = signerFrom(signingKeys.keys[1]);
  const { certificate, faults } = verifyCertificate(text, [publicKey]);
  for (const { problem, where } of faults) say(`${problem} ${where ?? ''}`);
  for (const { record, outcomes, state: stands } of certificate?.records ?? []) {
    const done = outcomes.flatMap((one) => (one.outcome === 'done' ? [one.count] : []));
    const sum = done.reduce((total, count) => total + count, 0);
    const most = planted[record];
    if (most !== undefined && sum > most) say(`${sum} of ${record} are done, and there were ${most}`);
    if (stands === 'unknown' || stands === 'submitted') say(`${record} is ${stands}`);
  }
  for (const name of [uid, email, formerEmail]) if (text.includes(name)) say('it names the person');
  return wrong;
}

async function textOf(world: World, name: string): Promise<string> {
  const [content] = await again(() => world.bucket('evidence').file(name).download({ validation: false }));
  return content.toString('utf8');
}
