import type { World } from './world.ts';

/** Questions to the local Stripe and Brevo, beside those of the work. */

/** An object of Stripe's, as far as it is looked at here. */
export interface StripeObject {
  readonly id: string;
  readonly [field: string]: unknown;
}

export async function askStripe(
  { origins }: World,
  method: 'GET' | 'POST',
  path: string,
  params: Readonly<Record<string, string>> = {},
): Promise<StripeObject & { readonly data: StripeObject[] }> {
  const form = new URLSearchParams(params).toString();
  const answer = await fetch(`${origins.stripe}/v1/${path}${method === 'GET' ? `?${form}` : ''}`, {
    method,
    headers: { authorization: 'Bearer sk_test_past', 'content-type': 'application/x-www-form-urlencoded' },
    ...(method === 'POST' ? { body: form } : {}),
  });
  // Of a deleted customer there is no list any more.
  return { data: [], ...((await answer.json()) as StripeObject) };
}

export async function askBrevo({ origins }: World, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${origins.brevo}/v3/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'api-key': 'past', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return JSON.parse((await answer.text()) || '{}') as Record<string, unknown>;
}

/** Subjects of the e-mails that went to an address, as Brevo took them. */
export async function messagesTo({ origins }: World, address: string): Promise<string[]> {
  const requests = (await (await fetch(`${origins.brevo}/_control/requests`)).json()) as {
    readonly path: string;
    readonly status: number | null;
    readonly body: {
      readonly to?: readonly { readonly email: string }[];
      readonly tags?: unknown;
      readonly subject?: string;
    };
  }[];
  return requests
    .filter(({ path, status, body }) => path === '/v3/smtp/email' && status === 201 && body.tags !== undefined)
    .filter(({ body }) => body.to?.some((to) => to.email === address) === true)
    .map(({ body }) => body.subject ?? '');
}
