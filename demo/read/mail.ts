import type { Suite } from '../../emulator/suite.ts';

/** An e-mail as the local Brevo received it. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

interface Call {
  readonly path: string;
  readonly status: number | null;
  readonly body: {
    readonly to?: readonly { readonly email: string }[];
    readonly subject?: string;
    readonly textContent?: string;
  } | null;
}

/** Returns the e-mails to an address that the local Brevo took, in their order. */
export async function readMail({ env }: Pick<Suite, 'env'>, address: string): Promise<Mail[]> {
  const answer = await fetch(`${env['BREVO_STANDIN_URL'] ?? ''}/_control/requests`);
  const calls = (await answer.json()) as readonly Call[];
  return calls.flatMap(({ path, status, body }) =>
    path.endsWith('/smtp/email') && status === 201 && body?.to?.some(({ email }) => email === address) === true
      ? [{ subject: body.subject ?? '', text: body.textContent ?? '' }]
      : [],
  );
}
