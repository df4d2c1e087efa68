import { callableUrl, eventually } from '../kit/suite.ts';

/**
 * States something about a person, or withdraws it, as the app's servers do: over HTTP. They come
 * again after a failure of ours, such as a transaction that Firestore gave up under load.
 */
export async function serverStates(statement: object): Promise<{ id: string; changed: boolean }> {
  const { status, body } = await eventually(
    async () => {
      const answer = await fetch(callableUrl('serverStatements'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(statement),
      });
      return { status: answer.status, body: (await answer.json()) as { id: string; changed: boolean } };
    },
    ({ status: told }) => told < 500,
    30_000,
  );
  if (status >= 400) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}
