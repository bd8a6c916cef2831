import { escaped } from './escaped.ts';
import { type ConformanceReport, isCertified, totalsOf } from './report.ts';

const GREEN = '#2c7a4b';
const RED = '#b3372f';
const LABEL = 'coffer driver';
/** Width of a letter of the badge's font, on average. */
const LETTER = 6.6;

/** A badge as SVG: whether the driver is certified, on how many checks, and on what the strongest backend was. */
export function badgeOf(reports: readonly ConformanceReport[]): string {
  const certified = reports.length > 0 && reports.every(isCertified);
  const tier = (['real', 'emulator', 'fake', 'memory'] as const).find((each) =>
    reports.some(({ backend }) => backend.tier === each),
  );
  const passed = Math.max(0, ...reports.map(({ exercises }) => totalsOf(exercises).passed));
  const text = certified ? `certified · ${passed} checks · ${tier}` : 'not certified';
  const [left, right] = [LABEL, text].map((each) => Math.round(each.length * LETTER + 14)) as [number, number];
  const title = escaped(`${LABEL}: ${text}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${title}">
  <title>${title}</title>
  <clipPath id="r"><rect width="${left + right}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#r)">
    <rect width="${left}" height="20" fill="#444"/>
    <rect x="${left}" width="${right}" height="20" fill="${certified ? GREEN : RED}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="${left / 2}" y="14">${LABEL}</text>
    <text x="${left + right / 2}" y="14">${escaped(text)}</text>
  </g>
</svg>
`;
}
