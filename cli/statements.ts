import type { StatementsLook } from '../functions/src/consent/lastNight.ts';
import { moment } from './times.ts';

/** Says in one line that statements about people were wrong on the last night; null: none was. */
export function wrongStatements({ lookedAt, faults }: StatementsLook): string | null {
  if (faults.length === 0 || lookedAt === null) return null;
  const counts = faults.map(({ problem, kind, count }) => `${count} ${kind} (${problem})`);
  return `statements about people were not as the backend wrote them at ${moment(lookedAt)}: ${counts.join(', ')}; compliance ledger verify names them`;
}

/**
 * The same for `compliance doctor`, which also says if no night has looked.
 *
 * @param look null: there was no key to read it with
 */
export function reportOfStatements(look: StatementsLook | null): string {
  if (look === null) return 'statements: not checked, since PSEUDONYM_KEY_V1 is not set';
  const { lookedAt, isLate } = look;
  const when = lookedAt === null ? 'no night of the last 14 days' : `last at ${moment(lookedAt)}`;
  const late = `statements: no night has looked at them for two days (${when}): compliance jobs blocked, and the log of retentionDaily, say why`;
  const wrong = wrongStatements(look);
  if (isLate) return wrong === null ? late : `${late}\n${wrong}`;
  if (wrong !== null) return wrong;
  return lookedAt === null
    ? 'statements: no night has looked at them yet'
    : `statements: none was wrong at ${moment(lookedAt)}`;
}
