import { describe, expect, it } from 'vitest';
import {
  collectionId,
  collectionPath,
  fillPath,
  samePath,
  isBelow,
  isRoot,
  matchPath,
  overlap,
  parentPath,
  parseTemplate,
} from '../../../functions/src/policy/paths.ts';

describe('matchPath', () => {
  it.each([
    ['users/{uid}/sessions/{id}', 'users/u1/sessions/s1', { uid: 'u1', id: 's1' }],
    ['users/{uid}/sessions/{id}', 'teams/x/sessions/y', null],
    ['users/{uid}/sessions/{id}', 'users/u1/sessions/s1/parts/p1', null],
    ['users/{uid}/sessions/{id}', 'users/u1/sessions', null],
    ['users/{uid}/sessions/{id}', 'archive/users/u1/sessions/s1', null],
    ['users/{uid}/sessions/{id}', 'users//sessions/s1', null],
    ['users/{uid}', 'users/u1', { uid: 'u1' }],
    ['users/{uid}/**', 'users/u1/photos/a.jpg', { uid: 'u1', '**': 'photos/a.jpg' }],
    ['users/{uid}/**', 'users/u1/a.jpg', { uid: 'u1', '**': 'a.jpg' }],
    ['users/{uid}/**', 'users/u1', { uid: 'u1', '**': '' }],
    ['users/{uid}/**', 'users/u1/', { uid: 'u1', '**': '' }],
    ['users/{uid}/**', 'users/u1//x', { uid: 'u1', '**': '/x' }],
    ['users/{uid}/**', 'users', null],
    ['users/{uid}/**', 'users/', null],
    ['users/{uid}/**', 'users//x', null],
    ['users/{uid}/**', 'users2/u1/a.jpg', null],
  ])('%s against %s', (template, path, expected) => expect(matchPath(template, path)).toEqual(expected));
});

describe('templates', () => {
  it.each(['', 'users//{id}', 'users/{uid', 'users/{uid}_{id}', '**', 'users/**/x', 'a/{x}/b/{x}', 'users/*'])(
    'refuses %j',
    (template) => expect(() => parseTemplate(template)).toThrow(RangeError),
  );

  it('knows the collection and the parent', () => {
    expect(collectionId('users/{uid}/sessions/{id}')).toBe('sessions');
    expect(collectionPath('users/{uid}/sessions/{id}')).toBe('users/{uid}/sessions');
    expect(parentPath('users/{uid}/sessions/{id}')).toBe('users/{uid}');
    expect(parentPath('users/{uid}')).toBeNull();
    expect([isRoot('users/{uid}'), isRoot('users/{uid}/sessions/{id}')]).toEqual([true, false]);
  });

  it.each([
    ['users/{uid}', 'users/{id}', true],
    ['users/{uid}', '{collection}/{id}', true],
    ['users/{uid}', 'teams/{id}', false],
    ['users/{uid}', 'users/{uid}/sessions/{id}', false],
    ['users/{uid}/**', 'users/{uid}/photos/{id}', true],
    ['users/{uid}/**', 'users/{id}', true],
    ['users/{uid}/**', 'users', false],
    ['users/{uid}/**', 'exports/{uid}/**', false],
    ['users/me', 'users/{uid}', true],
  ])('%s and %s can name the same document: %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });

  it('finds the paths below, for any names of variables', () => {
    expect(isBelow('users/{uid}/sessions/{id}', 'users/{id}')).toBe(true);
    expect(isBelow('teams/{uid}/sessions/{id}', 'users/{id}')).toBe(false);
    expect(isBelow('users/{uid}', 'users/{id}')).toBe(false);
  });
});

describe('samePath', () => {
  it('gives a path that exists its place under another template, for any names', () => {
    const path = 'users/a\u0001 b/trips/{**}';
    const variables = matchPath('users/{uid}/trips/{trip}', path) ?? {};
    expect(samePath('attic/{trip}/of/{uid}', variables)).toBe('attic/{**}/of/a\u0001 b');
    expect(samePath('users/{uid}/trips/{trip}', variables)).toBe(path);
  });

  it.each([{}, { uid: '' }, { uid: 'a/b' }])('refuses a text that is no name: %j', (variables) => {
    expect(() => samePath('attic/{uid}', variables)).toThrow(RangeError);
  });
});

describe('fillPath', () => {
  it('makes a path, or the prefix of one', () => {
    expect(fillPath('users/{uid}/sessions/{id}', { uid: 'u1', id: 's1' })).toBe('users/u1/sessions/s1');
    expect(fillPath('users/{uid}/**', { uid: 'u1' })).toBe('users/u1/');
  });

  it.each(['', '.', '..', 'a/b', '../admin', '__all__', 'a\u0000b', 'x'.repeat(1501)])(
    'refuses a value that would lead elsewhere: %j',
    (uid) => expect(() => fillPath('users/{uid}', { uid })).toThrow(RangeError),
  );

  it('refuses a missing value', () => expect(() => fillPath('users/{uid}', { id: 'x' })).toThrow("no value for 'uid'"));
});
