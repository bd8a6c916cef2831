import http from 'node:http';
import https from 'node:https';

/**
 * One request to a place `{ url, headers?, ca? }`; an object as body is sent as JSON. Answers `{ status, headers, text }`.
 */
export async function request({ url, headers: own = {}, ca }, method, target, { headers = {}, body } = {}) {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const client = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const sent = client.request(`${url}${target}`, {
      method,
      ca,
      agent: false,
      headers: { 'content-type': 'application/json', ...own, ...headers },
    });
    sent.once('error', reject);
    sent.once('response', async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode, headers: response.headers, text });
      } catch (error) {
        reject(error);
      }
    });
    sent.end(content);
  });
}
