import { describe, expect, it } from 'vitest';
import { renderRules } from '../../scripts/rules-sections.ts';
import { rules } from './amikeoRules.ts';

const lists = { consentPurposes: ['analytics', 'messages'], devicePermissions: ['camera'] };

describe('the generated sections of firestore.rules', () => {
  it('carry the given lists and leave the rest as it is', () => {
    const rendered = renderRules(rules, lists);
    expect(rendered).toContain("    function consentPurposes() {\n      return ['analytics', 'messages'];\n    }\n");
    expect(rendered).toContain("    function devicePermissions() {\n      return ['camera'];\n    }\n");
    const outside = (text: string) => text.replaceAll(/return \['.*'\];/g, '');
    expect(outside(rendered)).toBe(outside(rules));
  });

  it('leave the request types alone unless they are given', () => {
    expect(renderRules(rules, lists)).toContain("return ['access', 'portability',");
    expect(renderRules(rules, { ...lists, requestTypes: ['access'] })).toContain("return ['access'];");
  });

  it('take an empty list: the app asks for nothing of that kind', () => {
    expect(renderRules(rules, { ...lists, devicePermissions: [] })).toContain(
      '    function devicePermissions() {\n      return [];\n    }\n',
    );
  });

  it('are stable: rendering twice is rendering once', () => {
    const once = renderRules(rules, lists);
    expect(renderRules(once, lists)).toBe(once);
  });

  it.each([
    ['a missing begin', rules.replace('// generated:consentPurposes begin', ''), /consentPurposes begin' is missing/],
    ['a missing end', rules.replace('// generated:devicePermissions end', ''), /devicePermissions end' is missing/],
    ['a doubled mark', `${rules}\n// generated:consentPurposes end\n`, /stands there 2 times/],
    [
      'an end before its begin',
      '// generated:consentPurposes end\n// generated:consentPurposes begin\n',
      /end' stands before/,
    ],
  ])('%s is a clear error', (_name, text, message) => {
    expect(() => renderRules(text, lists)).toThrow(message);
  });

  it.each([
    ['a value listed twice', ['a', 'b', 'a'], /'a' is listed twice/],
    ['a value that would leave its quotes', ["a'] || true || ['"], /cannot stand in the rules/],
  ])('%s is a clear error', (_name, consentPurposes, message) => {
    expect(() => renderRules(rules, { ...lists, consentPurposes })).toThrow(message);
  });
});
