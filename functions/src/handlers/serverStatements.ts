import type { Context } from '../platform/context.ts';
import { onStatement, type StatementRefusal } from '../rights/statements/submit.ts';
import type { ServerAnswer } from './serverCall.ts';

const STATUS: Readonly<Record<StatementRefusal, number>> = {
  invalid: 400,
  unknown_statement: 404,
  unknown_subject: 404,
  of_erasure: 409,
};

/** A server states something about a person, or withdraws it. */
export async function serverStatements(context: Context, body: unknown): Promise<ServerAnswer> {
  const answer = await onStatement(context, body);
  if (answer.ok) return { status: 200, body: { id: answer.id, changed: answer.changed } };
  const { code, issues } = answer;
  return { status: STATUS[code], body: { error: { code, ...(issues.length > 0 ? { issues } : {}) } } };
}
