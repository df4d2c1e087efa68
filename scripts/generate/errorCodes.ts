import { ERROR_CODES, SYSTEM_CODES } from '../../functions/src/platform/errors.ts';

const list = (codes: Readonly<Record<string, string>>): string =>
  Object.entries(codes)
    .map(([code, meaning]) => `- \`${code}\`: ${meaning}\n`)
    .join('');

/** The codes of errors as a page for officers. */
export const renderErrorCodes = (): string => `# Error codes

For the officer with a blocked step: it shows its code, and a sentence with the next thing to do. No code and no message
names a person. Generated from \`functions/src/platform/errors.ts\`; do not edit.

${list(ERROR_CODES)}
## Of a system

Behind the id of a system, as in \`stripe.left\`. An HTTP status that a system answered stands there too (\`brevo.429\`),
and so does a code of its own (\`stripe.card_declined\`). Firebase Auth's codes begin with \`auth/\`.

${list(SYSTEM_CODES)}`;
