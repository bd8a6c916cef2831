import type { Answer, SeenRequest } from '../fake-service.ts';

/** The value of a header, several joined as they would be on one line; empty when absent. */
export function headerOf({ headers }: SeenRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.join(',') ?? '');
}

/** Text in element content. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function textAnswer(status: number, body: string, contentType = 'text/plain'): Answer {
  return { status, headers: { 'content-type': contentType }, body };
}

/** Seconds precision, as AWS writes times in XML and in metadata. */
export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
