import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withDefinition, withMethods } from './seeded-bug.ts';

const correctList = AcmeStore.prototype.list;

/** The correct driver whose pages are changed. */
function withPages(change: (pages: readonly (readonly string[])[]) => readonly (readonly string[])[]): SeededBug['testBed'] {
  return withMethods((correct) => ({
    list: async function* (request, options) {
      const pages: (readonly string[])[] = [];
      for await (const page of correctList.call(correct, request, options)) pages.push(page);
      yield* change(pages);
    },
  }));
}

export const listBugs: readonly SeededBug[] = [
  {
    name: 'has a list method that it does not announce',
    caughtBy: 'list',
    check: 'has no list method, as it does not declare LIST',
    testBed: withDefinition({ features: [] }),
  },
  {
    name: 'announces a list and has none',
    caughtBy: 'list',
    check: 'tells every name of many pages once',
    testBed: withMethods(() => ({ list: undefined as never })),
  },
  {
    name: 'lists the first page alone',
    caughtBy: 'list',
    check: 'tells every name of many pages once',
    testBed: withPages((pages) => pages.slice(0, 1)),
  },
  {
    name: 'begins each page with the last name of the one before',
    caughtBy: 'list',
    check: 'tells every name of many pages once',
    testBed: withPages((pages) => pages.map((page, index) => [...(pages[index - 1]?.slice(-1) ?? []), ...page])),
  },
  {
    name: 'asks for the same page again and again',
    caughtBy: 'list',
    check: 'comes to an end after the last page',
    testBed: withMethods((correct) => ({
      list: async function* (_request, { signal } = {}) {
        for (let more = true; more; ) {
          const { names, next } = await correct.call('/secrets', 'list', signal);
          yield names as string[];
          more = next !== undefined;
        }
      },
    })),
  },
  {
    name: 'lists names with the folder that get puts before them',
    caughtBy: 'list',
    check: 'tells names that get takes',
    testBed: withPages((pages) => pages.map((page) => page.map((name) => `secret/${name}`))),
  },
  {
    name: 'keeps the list that it has read first',
    caughtBy: 'list',
    check: 'no longer tells a secret that was removed, and tells one that was put since',
    testBed: () => {
      let kept: (readonly string[])[] | undefined;
      return withPages((pages) => {
        kept ??= [[...pages.flat()]];
        return kept;
      })();
    },
  },
  {
    name: 'splits names at their slashes',
    caughtBy: 'list',
    check: 'tells odd names as they are',
    testBed: withPages((pages) => pages.map((page) => page.join('/').split('/'))),
  },
];
