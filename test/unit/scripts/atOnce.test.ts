import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../scripts/build.ts';

describe('a module that is bundled', () => {
  it('imports its own files at once, and packages when they are reached', () => {
    const source = `
type Steps = typeof import('./steps.ts');
export const one = async () => (await import('./one.ts')).run(await import("../two.ts"));
export const auth = async () => import('firebase-admin/auth');
`;
    expect(atOnce(source)).toBe(`
type Steps = typeof import('./steps.ts');
export const one = async () => (await Promise.resolve(imported1)).run(await Promise.resolve(imported0));
export const auth = async () => import('firebase-admin/auth');

import * as imported0 from "../two.ts";
import * as imported1 from "./one.ts";
`);
  });
});
