import { expect, it } from 'vitest';
import { placeOf } from './place-of.ts';

it('gives the file and the line, and nothing of the message', () => {
  expect(placeOf(new Error('canary'))).toMatch(/place-of\.test\.ts:\d+:\d+/);
  expect(placeOf(new Error())).toMatch(/place-of\.test\.ts:\d+:\d+/);
  const place = placeOf(new Error('first line\n    at canary (of:1:2)'));
  expect(place).toMatch(/place-of\.test\.ts/);
  expect(place).not.toContain('canary');
});

it('gives nothing for what is no error, or has no stack', () => {
  expect(placeOf('canary')).toBeUndefined();
  expect(placeOf(Object.assign(new Error('x'), { stack: undefined }))).toBeUndefined();
});
