import { doc, getDoc, type DocumentReference } from 'firebase/firestore';
import { ask, takeBack, type Details, type RequestType } from '../../../client/index.ts';
import type { Person } from '../../../fixtures/index.ts';
import { deployment } from '../../../functions/src/deployment.generated.ts';
import { functionName, REGION } from '../../../functions/src/platform/functions.ts';
import { openApp } from '../../app.ts';
import { person, type Stage } from '../../stage.ts';
import { until } from '../../wait.ts';

/** A request as a person makes it in the app. */
export interface Wish {
  readonly who: Person;
  readonly type: RequestType;
  readonly details?: Details[RequestType];
  /** The person changes their mind as soon as the app shows it. */
  readonly takenBack?: true;
}

/** The people of the flow, and their requests in the app. Portability is the third flow's. */
export function wishesOf(stage: Stage) {
  const [refused, corrected, other] = stage.world.people.filter(({ role }) => role === 'professional');
  if (refused === undefined || corrected === undefined || other === undefined)
    throw new Error('three people are missing');
  const mine = 'My postal code is wrong: I have moved.';
  const text = 'N’utilisez plus ma profession : elle est fausse.';
  return {
    corrected: { who: corrected, type: 'rectification', details: { text: mine, correction: 'SW1A 1AA' } },
    refused: { who: refused, type: 'restriction', details: { text, ground: 'accuracy' } },
    objects: { who: person(stage, 'unverifiedEmail'), type: 'objection', details: { purpose: 'analytics' } },
    sees: { who: other, type: 'access' },
    stays: { who: other, type: 'erasure', takenBack: true },
  } as const satisfies Record<string, Wish>;
}

export type Wishes = ReturnType<typeof wishesOf>;

/** Makes a request as the app does, and waits until the app shows that it is received. */
export async function askInApp(stage: Stage, { who, type, details, takenBack }: Wish): Promise<void> {
  const app = await openApp(stage, who);
  try {
    const request = doc(app.db, `users/${app.user.uid}/privacyRequests/demo-${type}`);
    await ask(app, type, details, request.id);
    await shown(request, (status) => status !== undefined);
    if (takenBack !== true) return;
    await takeBack(app, request.id);
    await shown(request, (status) => status === 'cancelled');
  } finally {
    await app.close();
  }
}

const shown = (request: DocumentReference, enough: (status: unknown) => boolean): Promise<unknown> =>
  until(async () => (await getDoc(request)).get('status') as unknown, enough, { within: 60_000 });

/** Sends the contact form as anybody can, without an account; returns the id of the message. */
export async function sendForm({ suite: { env } }: Stage, data: Readonly<Record<string, string>>): Promise<string> {
  const at = `http://${env['FUNCTIONS_EMULATOR_HOST'] ?? ''}/${env['GCLOUD_PROJECT'] ?? ''}/${REGION}`;
  const answer = await fetch(`${at}/${functionName(deployment.prefix, 'contact')}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data }),
  });
  const { result } = (await answer.json()) as { result?: { id: string } };
  if (result === undefined) throw new Error(`the contact form was not taken (${answer.status})`);
  return result.id;
}
