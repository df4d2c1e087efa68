import { callableUrl } from '../kit/suite.ts';

/** States something about a person, or withdraws it, as the app's servers do: over HTTP. */
export async function serverStates(statement: object): Promise<{ id: string; changed: boolean }> {
  const answer = await fetch(callableUrl('serverStatements'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(statement),
  });
  const body = (await answer.json()) as { id: string; changed: boolean };
  if (!answer.ok) throw new Error(`${answer.status}: ${JSON.stringify(body)}`);
  return body;
}
